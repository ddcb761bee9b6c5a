"""Options that become objects: the same names as the objects have, and the same defaults."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated, get_args, get_type_hints

import pytest
import typer
import yaml
from helpers.engine import EMBEDDED, segmenter
from typer.main import get_command

from apps import cli as command_line
from apps.option_groups import Inference, given_options, takes
from apps.options import PageOptions, Selection, SettingsOptions
from squeezeseg import InferenceSettings, Segmenter
from squeezeseg.inference import settings as module
from squeezeseg.networks import AUTO

DEFAULTS = InferenceSettings()
FIELDS = InferenceSettings.model_fields
COMMANDS = get_command(command_line.app).commands
SEGMENTING = ("segment", "eval", "render", "view", "live", "bench", "demo")
LANES = ("segment", "live", "bench")
OTHERS = {
    "view": "front",
    "sensor": "hdl32",
    "height": "1.5",
    "model": "fast",
    "engine": "torch",
    "precision": "float32",
    "lanes": "3",
    "crf": "false",
    "neighbours": "7",
    "objects": "false",
    "unknown_below": "0.5",
}
"""Of each setting another value than the default."""


@pytest.fixture
def asked(monkeypatch):
    """The settings that segmenters were loaded with, which then label as if they were the defaults."""
    seen = []

    def load(*, settings, sensor):
        seen.append(settings)
        return segmenter(settings=DEFAULTS, sensor=sensor)

    monkeypatch.setattr(Segmenter, "load", load)
    return seen


def option(name, value):
    """'crf', 'false' -> ['--no-crf']."""
    dashed = name.replace("_", "-")
    return [f"--no-{dashed}"] if value == "false" else [f"--{dashed}", value]


def test_options_and_settings_are_the_same():
    hints = get_type_hints(SettingsOptions, include_extras=True)
    assert set(hints) == set(FIELDS) == set(OTHERS)
    for name, hint in hints.items():
        kind, declared = get_args(hint)
        known = FIELDS[name].annotation
        assert kind == (known if type(None) in get_args(known) else known | None), name
        default = FIELDS[name].default
        if default is True:
            assert declared.show_default == name
        elif default is None:
            assert declared.show_default
        else:
            assert declared.show_default == f"{default:g}" if isinstance(default, float) else str(default)


@pytest.mark.parametrize("verb", SEGMENTING)
def test_help_tells_the_defaults(verb):
    options = {parameter.name: parameter for parameter in COMMANDS[verb].params}
    hints = get_type_hints(SettingsOptions, include_extras=True)
    told = [name for name in FIELDS if name in options and (verb != "bench" or name not in ("engine", "precision"))]
    assert "model" in told
    for name in told:
        assert options[name].show_default == get_args(hints[name])[1].show_default
        assert options[name].default is None
    assert ("lanes" in options) == (verb in LANES)
    assert "--settings" in options["settings_file"].opts


@pytest.mark.parametrize("verb", ["segment", "eval", "render", "view", "live"])
def test_no_command_lacks_a_setting(verb):
    assert {*FIELDS} - {"lanes"} <= {parameter.name for parameter in COMMANDS[verb].params}


@pytest.mark.parametrize("command", [one.callback for one in command_line.app.registered_commands])
def test_a_command_has_few_parameters(command):
    code = inspect.unwrap(command).__code__
    assert code.co_argcount + code.co_kwonlyargcount <= 12


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_each_option_reaches_the_object(drive, tmp_path, cli, asked, name):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--frames", "0", *option(name, OTHERS[name]))
    assert outcome.status == 0, outcome.err
    expected = InferenceSettings.given(**{name: OTHERS[name]})
    assert asked == [expected.changed(lanes=1)]  # of one scan
    assert json.loads((tmp_path / "run" / "run.json").read_text())["inference"] == (
        expected.with_model(EMBEDDED if expected.model == AUTO else expected.model).model_dump()
    )


@pytest.mark.parametrize("verb", ["segment", "eval", "render", "live"])
def test_defaults_below_a_file_below_the_environment_below_the_command_line(
    drive, tmp_path, cli, asked, monkeypatch, verb
):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("view: front\nneighbours: 1\ncrf: false\nunknown_below: 0.5\nmodel: fast\n")
    monkeypatch.setenv("SQUEEZESEG_NEIGHBOURS", "2")
    monkeypatch.setenv("SQUEEZESEG_CRF", "true")
    monkeypatch.setenv("SQUEEZESEG_MODEL", "other")
    more = {"render": ["--size", "64x64"], "live": ["--rate", "max"]}.get(verb, [])
    outcome = cli(verb, drive, "--settings", "mine.yaml", "--neighbours", "3", "--no-crf", *more)
    assert outcome.status == 0, outcome.err
    assert (asked[0].view, asked[0].neighbours, asked[0].crf, asked[0].unknown_below, asked[0].model) == (
        "front", 3, False, 0.5, "other",
    )  # fmt: skip
    assert asked[0].objects


@pytest.mark.parametrize("verb", ["segment", "eval", "live", "view", "render"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("neighbors: 3", "mine.yaml: unknown setting 'neighbors'; did you mean 'neighbours'?"),
        ("unknown_below: 2", "mine.yaml: unknown_below 2: must be 0 to 1"),
    ],
)
def test_a_wrong_file_is_one_line(drive, tmp_path, cli, monkeypatch, verb, text, message):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(text)
    outcome = cli(verb, drive, "--settings", "mine.yaml")
    assert (outcome.status, outcome.out, outcome.err) == (2, "", f"error: {message}\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--unknown-below", "2"], "--unknown-below 2: must be 0 to 1"),
        (["--neighbours", "-1"], "--neighbours -1: must be 0 or more"),
        (["--height", "-3"], "--height -3: must be over 0 and under 100"),
        (["--lanes", "0"], "--lanes 0: must be 1 or more"),
    ],
)
def test_an_error_names_the_option_as_it_is_typed(drive, cli, options, message):
    assert cli("segment", drive, *options).err == f"error: {message}\n"


def test_an_error_names_the_variable(drive, cli, monkeypatch):
    monkeypatch.setenv("SQUEEZESEG_LANES", "many")
    assert cli("segment", drive).err == "error: SQUEEZESEG_LANES many: must be a whole number\n"


def test_a_variable_that_sets_nothing_is_a_warning(drive, tmp_path, cli, asked, monkeypatch):
    module._warn_of.cache_clear()
    monkeypatch.setenv("SQUEEZESEG_MODLE", "fast")
    monkeypatch.setenv("SQUEEZESEG_REAL", "somewhere")
    assert cli("segment", drive, "--out", tmp_path / "run").err == (
        "warning: SQUEEZESEG_MODLE: no such setting in the environment; did you mean SQUEEZESEG_MODEL?\n"
    )


def test_what_run_json_keeps_is_a_settings_file(drive, tmp_path, cli, asked):
    cli("segment", drive, "--out", tmp_path / "run", "--view", "front", "--no-objects", "--sensor", "hdl32")
    kept = json.loads((tmp_path / "run" / "run.json").read_text())["inference"]
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(kept))
    cli("segment", drive, "--out", tmp_path / "again", "--settings", tmp_path / "again.yaml")
    assert asked[0].with_model(EMBEDDED) == asked[1]


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(), []),
        (Selection("1:3", 2, Path("val.txt")), ["--frames", "1:3", "--every", "2", "--split", "val.txt"]),
    ],
)
def test_a_selection_can_be_typed_again(selection, words):
    assert selection.words == words


def test_groups_become_objects():
    got = {}
    app = typer.Typer()

    @app.command()
    @takes(page=PageOptions, settings=Inference("view", "crf", file=False))
    def command(
        context: typer.Context,
        word: Annotated[str, typer.Argument()],
        *,
        page: PageOptions,
        settings: InferenceSettings,
    ) -> None:
        """What it does."""
        got.update(word=word, page=page, settings=settings, given=given_options(context, "view", "crf", "host"))

    app(["a", "--no-crf", "--host", "::1"], standalone_mode=False)
    assert got == {
        "word": "a",
        "page": PageOptions(host="::1"),
        "settings": InferenceSettings.given(crf=False),
        "given": ["--host", "--no-crf"],
    }
    known = {parameter.name for parameter in get_command(app).params}
    assert {field.name for field in fields(PageOptions)} | {"word", "view", "crf"} <= known
    assert get_command(app).help == "What it does."
