"""squeezeseg profile."""

from __future__ import annotations

import json

import pytest

from squeezeseg.profiling.steps.execution import Execution, Node
from squeezeseg.profiling.steps.measure import Measurement
from squeezeseg.profiling.steps.roofline import Roofs, steps
from squeezeseg.weights.convert import convert

PUBLISHED = {
    "alexnet": 60_965_224,
    "squeezenet1.0": 1_248_424,
    "squeezenet1.1": 1_235_496,
    "mobilenetv1": 4_231_976,
    "mobilenetv2": 3_504_872,
    "mobilenetv3-large": 5_483_032,
    "mobilenetv3-small": 2_542_856,
    "shufflenetv1": 1_864_728,
    "shufflenetv2": 2_278_604,
    "espnet-c": 349_449,
    "espnet": 365_109,
    "espnetv2": 1_670_072,
    "efficientnet-b0": 5_288_548,
    "efficientnet-b1": 7_794_184,
    "efficientnet-b2": 9_109_994,
    "efficientnet-b3": 12_233_232,
    "efficientnet-b4": 19_341_616,
    "efficientnet-b5": 30_389_784,
    "efficientnet-b6": 43_040_704,
    "efficientnet-b7": 66_347_960,
    "fbnet-a": 4_321_464,
    "fbnet-b": 4_813_048,
    "fbnet-c": 5_572_200,
}


@pytest.fixture
def measured(monkeypatch):
    """Each layer took a millisecond, and the engine two for itself; tells what was asked for."""
    asked = []

    def measure(subject, engine, precision, seconds, on_time):
        asked.append((engine, precision, seconds))
        nodes = [Node(one.name, "", (n,), 1.0, 1.0, 4, 4) for n, one in enumerate(subject.layers.layers)]
        nodes.append(Node("a_f32_acdb_bf16_abcd_node" * 4, "jit_uni_f32", (), 2.0, 2.0, 4, 4, 1000))
        execution = Execution(engine, precision, 2, 10, 150.0, tuple(nodes))
        return Measurement(execution, tuple(steps(execution, subject.layers)), Roofs(100.0, 20.0))

    monkeypatch.setattr("squeezeseg.profiling.steps.measure.measure", measure)
    return asked


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(cli, name, measured):
    result = json.loads(cli("profile", name, "--classification", "--json").out)
    assert result["parameters"] == PUBLISHED[name] == sum(one["parameters"] for one in result["layers"])
    assert result["macs"] == sum(one["macs"] for one in result["layers"])
    assert result["form"] == "published"
    assert result["measured"] is None
    assert not measured


def test_json_has_all_layers_and_steps(cli, measured):
    result = json.loads(cli("profile", "mobilenetv3-small+lraspp", "--precision", "float32", "--json").out)
    assert measured == [("openvino", "float32", 10.0)]
    assert (result["model"], result["form"], result["trained"]) == ("mobilenetv3-small+lraspp", "range image", False)
    assert result["image"] == [1, 5, 64, 512]
    assert result["bytes"]["int8"]["weights"] == result["parameters"] == 1_069_584
    found = result["measured"]
    assert sum(one["milliseconds"] for one in found["steps"]) == found["milliseconds"] == len(result["layers"]) + 2
    assert sum(one["macs"] for one in found["kinds"]) == result["macs"]
    assert {one["kind"] for one in found["kinds"]} >= {"dense", "1x1", "depthwise", "linear", "conversion"}
    depthwise = next(one for one in found["kinds"] if one["kind"] == "depthwise")
    assert depthwise["share_of_peak"] == pytest.approx(depthwise["gmacs_per_s"] / 100, abs=1e-4)


def test_full_turns(cli):
    result = json.loads(cli("profile", "squeezeseg", "--counts", "--view", "full", "--json").out)
    assert (result["image"], result["trained"]) == ([1, 5, 64, 2048], True)
    assert round(2 * result["macs"] / 4e9, 2) == 5.81


def test_tables_fit_a_terminal(cli, measured):
    for words in ([], ["--layers"], ["--counts"], ["--counts", "--layers"]):
        said = cli("profile", "shufflenetv1+fire", "--precision", "float32", *words).out
        tables = [line.rstrip() for line in said.splitlines() if line.startswith((" ", "head.", "depthwise  "))]
        assert max(map(len, tables)) <= 80


def test_sentences_say_what_is_slow_and_what_is_a_model(cli, measured):
    said = cli("profile", "shufflenetv1+fire", "--precision", "float32").out
    assert "fresh weights: never trained" in said
    assert "depthwise convolutions: " in said
    assert "a model, not measured" in said
    assert "a multiply-add 4.6 in float32, 0.3 in int8" in said
    assert "grouped" in said


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["squeezeseg", "--on-chip", "16MB"], "float32   3.63 MB      29.4 MB          weights fit"),
        (["squeezeseg"], "int8      0.91 MB      7.34 MB             both fit".replace("0.91 MB", "906 kB")),
        (["alexnet", "--classification"], "float32    244 MB      1.78 MB      activations fit"),
    ],
)
def test_what_fits(cli, words, verdict):
    said = [" ".join(line.split()) for line in cli("profile", *words, "--counts").out.splitlines()]
    assert any(line.startswith(" ".join(verdict.split())) for line in said)


def test_time_to_send(cli):
    result = json.loads(cli("profile", "squeezeseg", "--counts", "--link", "1Mbit", "--json").out)
    assert result["link"]["seconds"]["float32"] == round(906_308 * 32 / 1e6, 3)


def test_bytes_of_the_container_are_estimated_by_layer_or_told_from_the_file(cli, tmp_path):
    plain = tmp_path / "a.safetensors"
    convert("fast", plain)
    guess = json.loads(cli("profile", plain, "--counts", "--on-chip", "100kB", "--json").out)["container"]
    assert (guess["estimated"], guess["fits_on_chip"]) == (True, False)
    assert guess["bytes"] == guess["rest"] + sum(guess["layers"].values())
    assert "an estimate" in " ".join(cli("profile", plain, "--counts").out.split())
    file = tmp_path / "a.sqz"
    convert("fast", file)
    found = json.loads(cli("profile", file, "--counts", "--json").out)
    assert found["container"]["bytes"] == file.stat().st_size
    assert found["container"]["seconds"] == round(8 * file.stat().st_size / 1e6, 3)
    assert set(found["container"]["layers"]) <= {one["module"] for one in found["layers"]}
    said = cli("profile", file, "--counts").out
    assert f"{file.stat().st_size:,}" in said
    assert "an estimate" not in " ".join(said.split())
    assert json.loads(cli("profile", "alexnet", "--classification", "--json").out)["container"] is None


def test_a_roofline_is_drawn(cli, measured, tmp_path):
    path = tmp_path / "roof.png"
    said = cli("profile", "mobilenetv2+lraspp", "--precision", "float32", "--plot", path).out
    assert path.read_bytes().startswith(b"\x89PNG")
    assert f"drawn: {path}" in " ".join(said.split())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["mobilenetv9"], "unknown model 'mobilenetv9'"),
        (["squeezeseg", "--classification"], "--classification: there is no backbone 'squeezeseg'"),
        (["squeezeseg", "--on-chip", "lots"], "--on-chip lots: no size in bytes"),
        (["squeezeseg", "--link", "5"], "--link 5: no rate"),
        (["squeezeseg", "--plot", "roof.jpg"], "plots are drawn as .png"),
        (["squeezeseg", "--plot", "roof.png", "--counts"], "--plot: draws what is measured"),
        (["squeezeseg", "--target", "onnxruntime", "--precision", "int8"], "--precision int8: onnxruntime has float32"),
    ],
)
def test_what_cannot_be_profiled(cli, words, complaint):
    done = cli("profile", *words)
    assert done.status == 2
    assert complaint in done.err


@pytest.fixture
def exchanged(monkeypatch):
    """Two networks that send what they send, in a tenth of a second; tells what was asked for."""
    from squeezeseg.distributed.exchange import HOOKS
    from squeezeseg.profiling.communication import Communication
    from squeezeseg.profiling.exchange import Exchanged
    from squeezeseg.profiling.ring_all_reduce import RingAllReduce

    asked = []

    def measure(names, rate, seconds, progress):
        asked.append((tuple(names), rate, seconds))
        sizes = {"alexnet": 243_860_896}
        return [
            Communication(
                name, 9, (8, 3, 9, 9), 0.1, {hook: Exchanged(sizes.get(name, 4_993_696), None) for hook in HOOKS}
            )
            for name in names
        ], RingAllReduce(rate, 1e-4)

    monkeypatch.setattr("squeezeseg.profiling.communication.measure", measure)
    return asked


def test_communication_of_nine_networks(cli, exchanged):
    out = cli("profile", "--communication").out
    assert exchanged[0][1:] == (1e9, 10.0)
    assert "squeezenet1.0 sends 48.8 times fewer bytes a step than alexnet." in out
    assert "- (1,951)" in out


def test_communication_as_json(cli, exchanged):
    result = json.loads(cli("profile", "fast", "--communication", "--link", "100Mbit", "--json").out)
    assert exchanged == [(("fast",), 1e8, 10.0)]
    (network,) = result["networks"]
    plain = network["hooks"]["plain"]
    assert (plain["bytes"], plain["measured_milliseconds"]) == (4_993_696, None)
    expected = {str(n): 100 + (2 * (n - 1) / n * 8 * 4_993_696 / 1e8 + 2 * (n - 1) * 1e-4) * 1e3 for n in (2, 256)}
    assert {n: plain["step_milliseconds"][n] for n in expected} == pytest.approx(expected, rel=1e-5)


def test_a_profile_needs_a_network(cli):
    result = cli("profile")
    assert result.status == 2
    assert "which network? Give a MODEL" in result.err
