"""Which of a setting's values wins, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from projection import InputError
from squeezeseg import InferenceSettings, Segmenter
from squeezeseg.inference import settings as module

ONE_OF_EACH_TYPE = [
    ("model", "auto", "a", "b", "c"),
    ("view", "full", "front", "full", "front"),
    ("sensor", None, "hdl32", "vlp16", "vls128"),
    ("height", None, 1.5, 2.5, 0.5),
    ("lanes", None, 2, 3, 4),
    ("crf", True, False, True, False),
    ("neighbours", 5, 0, 3, 7),
    ("unknown_below", 0.0, 0.25, 0.5, 1.0),
]


@pytest.fixture
def file(tmp_path):
    def write(text):
        (tmp_path / "mine.yaml").write_text(text)
        return tmp_path / "mine.yaml"

    return write


@pytest.mark.parametrize(("name", "default", "in_file", "in_environment", "given"), ONE_OF_EACH_TYPE)
def test_defaults_below_a_file_below_the_environment_below_what_is_given(
    file, monkeypatch, name, default, in_file, in_environment, given
):
    path = file(f"{name}: {str(in_file).lower()}\n")
    assert getattr(InferenceSettings.resolve({}), name) == default
    assert getattr(InferenceSettings.resolve({}, path), name) == in_file
    monkeypatch.setenv(f"SQUEEZESEG_{name.upper()}", str(in_environment))
    assert getattr(InferenceSettings.resolve({}, path), name) == in_environment
    assert getattr(InferenceSettings.resolve({name: given}, path), name) == given
    assert getattr(InferenceSettings.resolve({name: None}, path), name) == in_environment


def test_a_layer_leaves_the_others_settings_alone(file, monkeypatch):
    monkeypatch.setenv("SQUEEZESEG_LANES", "2")
    settings = InferenceSettings.resolve({"view": "front"}, file("model: fast\n"))
    assert settings.model_fields_set == {"model", "lanes", "view"}
    assert settings == InferenceSettings.given(model="fast", lanes=2, view="front")


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("SQUEEZESEG_HEIGHT", "")
    assert InferenceSettings.given().height is None


def test_a_change_is_not_the_environments(monkeypatch):
    settings = InferenceSettings.given(height=2.0, lanes=3)
    monkeypatch.setenv("SQUEEZESEG_LANES", "2")
    monkeypatch.setenv("SQUEEZESEG_VIEW", "front")
    assert settings.changed(lanes=None, crf=False).model_dump() == settings.model_dump() | {"lanes": None, "crf": False}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"neighbours": -1}, "neighbours -1: must be 0 or more"),
        ({"unknown_below": 2.0}, "unknown_below 2: must be 0 to 1"),
        ({"unknown_below": float("nan")}, "unknown_below nan: must be a"),
        ({"height": -3.0}, "height -3: must be over 0 and under 100"),
        ({"lanes": 0}, "lanes 0: must be 1 or more"),
        ({"view": "rear"}, "view rear: must be front or full"),
        ({"crf": "perhaps"}, "crf perhaps: must be true or false"),
        ({"neighbours": 1.5}, "neighbours 1.5: must be a whole number"),
        ({"modle": "fast"}, "unknown setting 'modle'; did you mean 'model'?"),
    ],
)
def test_a_wrong_value_is_named_wherever_it_is_given(values, message):
    for make in (InferenceSettings.given, InferenceSettings.given().changed):
        with pytest.raises(InputError) as caught:
            make(**values)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modle: fast", "unknown setting 'modle'; did you mean 'model'?"),
        ("neighbours: -1", "neighbours -1: must be 0 or more"),
        ("crf: [1, 2]", "crf [1, 2]: must be true or false"),
        ("model: [", "no YAML"),
        ("fast", "expected settings as 'name: value' lines"),
    ],
)
def test_a_file_is_wrong_even_where_it_is_overruled(file, text, message):
    path = file(text)
    with pytest.raises(InputError) as caught:
        InferenceSettings.resolve({"neighbours": 3, "crf": True}, path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none.yaml: cannot be read \(No such file or directory\)"):
        InferenceSettings.resolve({}, tmp_path / "none.yaml")


def test_the_environment_is_wrong_by_its_own_name(file, monkeypatch):
    monkeypatch.setenv("SQUEEZESEG_UNKNOWN_BELOW", "2")
    with pytest.raises(InputError, match=r"^SQUEEZESEG_UNKNOWN_BELOW 2: must be 0 to 1$"):
        InferenceSettings.resolve({"unknown_below": 0.5}, file("model: fast"))


def test_a_variable_that_sets_nothing_is_warned_of_once(monkeypatch, caplog):
    module._warn_of.cache_clear()
    monkeypatch.setenv("SQUEEZESEG_MODLE", "fast")
    monkeypatch.setenv("SQUEEZESEG_REAL", "somewhere")
    for _ in range(2):
        InferenceSettings.given()
    assert [record.getMessage() for record in caplog.records] == [
        "SQUEEZESEG_MODLE: no such setting in the environment; did you mean SQUEEZESEG_MODEL?"
    ]


def test_a_segmenter_changes_only_what_is_given():
    settings = InferenceSettings.given(model="fast", view="front", neighbours=3, crf=False)
    assert Segmenter.load(settings=settings).settings == settings
    assert Segmenter.load(settings=settings, neighbours=2).settings == settings.changed(neighbours=2)
