"""Exported graphs: what travels in them, where they are found, and that none is kept that says something else."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.models import card, float_graph
from helpers.tools import needs

from crf import CRFSettings
from projection import PRESETS, InputError
from squeezeseg import Model, load_model, save_model
from squeezeseg.engines import ENGINES
from squeezeseg.graphs import GraphFacts, find_graph, read_graph, store
from squeezeseg.graphs.metadata import KEY, SCOPES
from squeezeseg.inference import factory
from squeezeseg.inference.factory import load_engine
from squeezeseg.weights import shipped_models
from squeezeseg.weights.model import SHIPPED

onnx = needs("onnx")
needs("onnxscript")
needs("openvino")

from squeezeseg.graphs.assembly import lists
from squeezeseg.graphs.check_scans import CHECK_SEED, CheckScan, check_scans
from squeezeseg.graphs.export import export
from squeezeseg.graphs.onnx_export import export_onnx
from squeezeseg.graphs.parity import LEAST_AGREEMENT, MOST_IOU_COST, Parity, compare, network_labels, torch_labels
from squeezeseg.graphs.quantize import quantize
from squeezeseg.graphs.run import graph_engine, graph_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "cache_folder", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def saved(tmp_path_factory, model):
    """Weights in a file, written once: two files of the same weights may differ in the order of what they hold."""
    path = tmp_path_factory.mktemp("saved") / "mine.safetensors"
    save_model(path, model)
    return path


@pytest.fixture
def mine(tmp_path, saved):
    """Weights of a user's, in a folder of the test's own."""
    return load_model(shutil.copy(saved, tmp_path))


@pytest.fixture(scope="module")
def exported(saved):
    """The graph of these weights; exporting takes seconds."""
    export_onnx(load_model(saved), saved.with_name("graph.onnx"))
    return saved.with_name("graph.onnx")


@pytest.fixture(scope="module")
def channels():
    random = np.random.default_rng(3)
    channels = random.normal(0, 8, (2, 5, 16, 64)).astype(np.float32)
    channels[:, 3] = random.random((2, 16, 64))
    channels[:, 4] = np.linalg.norm(channels[:, :3], axis=1)
    channels[:, :, random.random((16, 64)) < 0.2] = 0
    return channels


@pytest.fixture
def few_scans(monkeypatch, channels):
    """Two check scans instead of a simulated drive."""
    from squeezeseg.graphs import export as module

    truth = np.random.default_rng(4).integers(0, 4, (2, 16, 64)).astype(np.uint8)
    monkeypatch.setattr(module, "check_scans", lambda *a, **k: iter([CheckScan(channels, truth)] * 2))


@pytest.mark.parametrize("name", shipped_models())
def test_embedded_weights_are_all_that_engines_need(name):
    model = load_model(name)
    assert lists(model, "float")
    assert lists(model, "int8")
    assert find_graph(model, "int8") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_models())
@pytest.mark.parametrize(("kind", "precision"), [("float", "float32"), ("int8", "int8")])
def test_graphs_of_embedded_weights_say_what_pytorch_says(name, kind, precision):
    model = load_model(name)
    graph = network_labels(graph_engine(graph_file(model, kind), "openvino", precision), model.card.normalisation)
    scans = check_scans(4, CHECK_SEED, model.card.architecture.width_multiple)
    found = compare(torch_labels(model, complete=False), graph, scans, model.card.classes, precision)
    assert found.agreement >= LEAST_AGREEMENT[precision]


@pytest.fixture
def exports(monkeypatch, exported):
    """Copies the graph of these weights where one would be made; the files that were."""
    from squeezeseg.graphs import onnx_export

    made = []

    def export(model, path, **_):
        path.parent.mkdir(parents=True, exist_ok=True)
        made.append(Path(shutil.copy(exported, path)))

    monkeypatch.setattr(onnx_export, "export_onnx", export)
    return made


def test_a_graph_is_exported_once_for_weights_that_have_none(cache, mine, exports):
    assert find_graph(mine, "float") is None
    for _ in range(2):
        load_engine(mine, "onnxruntime")
        assert exports == [find_graph(mine, "float")]
    assert exports[0].parent == cache / "graphs"
    assert mine.card.checksum in exports[0].name


def test_without_an_exporter_there_is_no_graph(cache, mine, monkeypatch):
    monkeypatch.setattr(factory, "installed", lambda name: name in ENGINES)
    with pytest.raises(InputError, match=r"no graph beside it; to make one: pip install 'squeezeseg\[train,export\]'"):
        load_engine(mine, "onnxruntime")


def test_a_graph_beside_the_weights_is_found(cache, mine, exported):
    shutil.copy(exported, mine.path.with_suffix(".onnx"))
    assert find_graph(mine, "float") == mine.path.with_suffix(".onnx")


def of_format_1(graph, path, checksum):
    """Write a graph as format 1 had it, of weights whose file has this checksum."""
    proto = onnx.load(graph)
    (entry,) = (entry for entry in proto.metadata_props if entry.key == KEY)
    facts = json.loads(entry.value)
    card = facts["card"]
    assert card.pop("sensor")["name"] == PRESETS["hdl64"].name
    card |= {"model": card.pop("architecture")["name"], "sensor": "hdl64"}
    facts |= {"format": "squeezeseg-graph/1", "weights": {"file": path.name, "checksum": checksum}}
    entry.value = json.dumps(facts)
    onnx.save(proto, path)


def test_a_graph_of_format_1_knows_its_weights_by_their_file(cache, mine, exported, channels):
    beside = mine.path.with_suffix(".onnx")
    of_format_1(exported, beside, hashlib.sha256(mine.path.read_bytes()).hexdigest())
    assert find_graph(mine, "float") == beside
    facts = read_graph(beside)
    assert replace(facts.model.card, file="", checksum="") == replace(mine.card, file="", checksum="")
    inputs = mine.card.normalisation(channels)
    expected = load_engine(mine, "torch", "float32")(inputs)["logits"]
    np.testing.assert_allclose(load_engine(mine, "onnxruntime")(inputs)["logits"], expected, atol=1e-3)


def test_a_graph_of_format_1_of_another_file_is_not_taken(cache, mine, exported):
    of_format_1(exported, mine.path.with_suffix(".onnx"), "0" * 64)
    assert find_graph(mine, "float") is None


def test_a_graph_outlives_a_score_that_is_recorded(cache, mine, exported):
    from squeezeseg.weights import record_score

    shutil.copy(exported, mine.path.with_suffix(".onnx"))
    record_score(mine.path, "a drive", {"car": 0.5})
    assert find_graph(load_model(mine.path), "float") == mine.path.with_suffix(".onnx")


def test_a_graph_of_other_weights_is_not_taken(cache, mine, exports):
    mine.path.with_suffix(".onnx").write_bytes(float_graph("squeezeseg"))
    assert find_graph(mine, "float") is None
    load_engine(mine, "onnxruntime")
    assert find_graph(mine, "float").parent == cache / "graphs"


def test_a_damaged_graph_is_passed_over_and_told_of(cache, mine, exports, caplog):
    mine.path.with_suffix(".onnx").write_bytes(b"\x08\x07not a graph")
    caplog.set_level("WARNING")  # a library that exports or quantizes leaves all handlers at ERROR
    load_engine(mine, "onnxruntime")
    assert find_graph(mine, "float").parent == cache / "graphs"
    assert "not a graph" in caplog.text


def test_a_graph_is_a_model_by_itself(mine, tmp_path, channels, exported):
    shutil.copy(exported, tmp_path / "graph.onnx")
    model = load_model(tmp_path / "graph.onnx")
    assert model.card == mine.card
    inputs = model.card.normalisation(channels)
    expected = load_engine(mine, "torch", "float32")(inputs)["logits"]
    np.testing.assert_allclose(load_engine(model, precision="float32")(inputs)["logits"], expected, atol=1e-3)
    with pytest.raises(InputError, match="a graph, which torch doesn't run"):
        load_engine(model, "torch")


@pytest.mark.parametrize("content", [b"", b"<xml", b"\x00" * 100])
@pytest.mark.parametrize("suffix", [".onnx", ".xml"])
def test_files_that_are_no_graphs(tmp_path, suffix, content):
    (tmp_path / f"bad{suffix}").write_bytes(content)
    with pytest.raises(InputError, match=rf"bad{suffix}: not a graph"):
        load_model(tmp_path / f"bad{suffix}")


def test_a_graph_of_somebody_else(tmp_path, mine, exported):
    shutil.copy(exported, tmp_path / "graph.onnx")
    proto = onnx.load(tmp_path / "graph.onnx")
    del proto.metadata_props[:]
    onnx.save(proto, tmp_path / "graph.onnx")
    with pytest.raises(InputError, match="not a graph of squeezeseg; make it with 'squeezeseg export'"):
        load_model(tmp_path / "graph.onnx")


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.pop("card"),
        lambda f: f.update(format="squeezeseg-graph/99"),
        lambda f: f.update(kind="int4"),
        lambda f: f.update(tensors="?"),
        lambda f: f.update(tensors="AAAA"),
        lambda f: f.update(width_multiple=0),
        lambda f: f["card"].update(crf={"iterations": 0}),
    ],
)
def test_metadata_that_was_tampered_with(change):
    facts = json.loads(GraphFacts(Model(card("fast", crf=CRFSettings()), {}), "float", 16).to_text())
    change(facts)
    with pytest.raises(ValueError, match="not a graph of squeezeseg"):
        GraphFacts.from_text(json.dumps(facts))


def test_graphs_don_t_tell_where_the_source_lay(exported):
    for graph in (exported, *SHIPPED.glob("*.onnx"), *SHIPPED.glob("*.xml")):
        assert b".py" not in graph.read_bytes()


def test_nodes_of_graphs_tell_the_modules_that_they_were_made_of(exported):
    convolutions = [node for node in onnx.load(exported).graph.node if node.op_type == "Conv"]
    told = [entry.value for node in convolutions for entry in node.metadata_props if entry.key == SCOPES]
    assert len(told) == len(convolutions)
    assert all("backbone" in one or "head" in one for one in told), told


def test_weights_are_halved_only_where_that_loses_nothing(mine, model, tmp_path, exported):
    export_onnx(Model(model.card, model.tensors, mine.path), tmp_path / "single.onnx")
    assert exported.stat().st_size < 0.6 * (tmp_path / "single.onnx").stat().st_size


@pytest.mark.slow  # tracing the CRF takes ten seconds
def test_a_complete_graph_gives_the_labels_behind_the_crf(mine, tmp_path, channels):
    onnxruntime = needs("onnxruntime")
    strong = {name: value * 20 if name.startswith("crf.") else value for name, value in mine.tensors.items()}
    save_model(mine.path, Model(mine.card, strong))  # so that the CRF changes labels of random weights
    mine = load_model(mine.path)
    export_onnx(mine, tmp_path / "complete.onnx", complete=True)
    labels, energies = onnxruntime.InferenceSession(tmp_path / "complete.onnx").run(None, {"scan": channels})
    assert labels.dtype == np.uint8
    assert energies.shape == (2, 4, 16, 64)
    assert (labels == torch_labels(mine, complete=True)(channels)).mean() > 0.999
    assert (labels != torch_labels(mine, complete=False)(channels)).any()
    assert not labels[channels[:, 4] == 0].any()
    with pytest.raises(InputError, match="takes metres to labels by itself"):
        load_engine(load_model(tmp_path / "complete.onnx"))


def test_int8_is_smaller_and_leaves_the_input_alone(mine, tmp_path, channels, exported):
    needs("nncf")
    import openvino

    shutil.copy(exported, tmp_path / "graph.onnx")
    quantize(tmp_path / "graph.onnx", [mine.card.normalisation(channels)[:1]], tmp_path / "graph.int8.xml")
    assert read_graph(tmp_path / "graph.int8.xml").kind == "int8"
    assert (tmp_path / "graph.int8.bin").stat().st_size < 0.7 * (tmp_path / "graph.onnx").stat().st_size
    graph = openvino.Core().read_model(tmp_path / "graph.int8.xml")
    nodes = graph.get_ordered_ops()
    assert sum(node.get_type_name() == "FakeQuantize" for node in nodes) > 30
    after_input = [
        target.get_node().get_type_name() for target in graph.input(0).get_node().output(0).get_target_inputs()
    ]
    assert after_input
    assert "FakeQuantize" not in after_input
    assert graph.get_rt_info(["framework", KEY]).astype(str) == ""


@pytest.mark.parametrize(("form", "suffix"), [("onnx", ".onnx"), ("openvino", ".xml")])
@pytest.mark.parametrize("complete", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_an_export_that_passes_is_written_with_its_report(mine, tmp_path, few_scans, form, suffix, complete):
    path = tmp_path / f"out{suffix}"
    found = export(mine, path, form, complete=complete)
    report = json.loads((tmp_path / f"out{suffix}.parity.json").read_text("utf-8"))
    assert found.agreement > 0.999
    assert report["passed"]
    assert report["agreement"] == found.agreement
    assert read_graph(path).complete == complete


def test_an_export_that_fails_is_not_written(mine, tmp_path, few_scans, monkeypatch):
    from squeezeseg.graphs import export as module

    monkeypatch.setattr(module, "_labeller", lambda *a, **k: lambda channels: np.ones((2, 16, 64), np.uint8))
    with pytest.raises(InputError, match=r"not written, only .* of the labels agree with PyTorch"):
        export(mine, tmp_path / "out.onnx", "onnx")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("out.onnx", "onnx", "int8"), "an ONNX graph is float32, not int8"),
        (("out.onnx", "openvino"), "the name must end in .xml"),
        (("out.xml", "onnx"), "the name must end in .onnx"),
    ],
)
def test_exports_that_make_no_sense(mine, tmp_path, arguments, complaint):
    name, *rest = arguments
    with pytest.raises(InputError, match=complaint):
        export(mine, tmp_path / name, *rest)


def test_a_graph_is_not_exported_again(mine, tmp_path, exported):
    shutil.copy(exported, tmp_path / "graph.onnx")
    with pytest.raises(InputError, match="is a graph already"):
        export(load_model(tmp_path / "graph.onnx"), tmp_path / "again.onnx", "onnx")


@pytest.mark.parametrize(
    ("wrong", "precision", "passes"),
    [(0, "float32", True), (0.002, "float32", False), (0.004, "bfloat16", True), (0.006, "bfloat16", False),
     (0.015, "int8", True), (0.03, "int8", False)],
)  # fmt: skip
def test_how_many_labels_may_differ(wrong, precision, passes):
    scan = CheckScan(np.ones((1, 5, 100, 100), np.float32), np.full((1, 100, 100), 255, np.uint8))
    reference = np.zeros((1, 100, 100), np.uint8)
    changed = reference.copy()
    changed.flat[: int(wrong * 10_000)] = 2
    found = compare(lambda _: reference, lambda _: changed, [scan], ("background", "car", "pedestrian"), precision)
    assert (not found.failure) == passes
    assert found.agreement == pytest.approx(1 - wrong)


NAMES = ("background", "car", "pedestrian", "cyclist")
PIXELS = (9_000, 600, 200, 200)
"""True pixels of each class in a scan of 100 x 100."""


@pytest.mark.parametrize(
    ("truly", "taken_for", "pixels", "failure"),
    [
        ("pedestrian", "background", 200, "background 100.0% -> 97.8%, pedestrian 100.0% -> 0.0%"),  # 98 % agree
        ("pedestrian", "background", 4, "pedestrian 100.0% -> 98.0%"),
        ("pedestrian", "background", 1, ""),
        ("cyclist", "background", 3, "cyclist 100.0% -> 98.5%"),
        ("cyclist", "pedestrian", 3, "pedestrian 100.0% -> 98.5%, cyclist 100.0% -> 98.5%"),
        ("car", "background", 7, "car 100.0% -> 98.8%"),
        ("car", "background", 5, ""),
        ("background", "car", 5, ""),
        ("background", "car", 100, "background 100.0% -> 98.9%, car 100.0% -> 85.7%"),
        ("background", "cyclist", 3, "cyclist 100.0% -> 98.5%"),
    ],
)
def test_a_graph_may_cost_no_class_more_than_a_point(truly, taken_for, pixels, failure):
    truth = np.repeat(np.arange(4, dtype=np.uint8), PIXELS).reshape(1, 100, 100)
    graph = truth.copy()
    graph.flat[np.flatnonzero(truth == NAMES.index(truly))[:pixels]] = NAMES.index(taken_for)
    scan = CheckScan(np.ones((1, 5, 100, 100), np.float32), truth)
    found = compare(lambda _: truth, lambda _: graph, [scan], NAMES, "int8")
    assert found.agreement >= LEAST_AGREEMENT["int8"]
    assert found.failure == (f"IoU falls by more than {MOST_IOU_COST:.1%}: {failure}" if failure else "")
    assert found.as_dict()["passed"] == (not failure)


@pytest.mark.parametrize("precision", LEAST_AGREEMENT)
def test_no_precision_may_lose_a_rare_class(precision):
    found = Parity(precision, 1, 10_000, 0.9995, 0.9, {"cyclist": 0.3}, {"cyclist": 0.28})
    assert found.failure == "IoU falls by more than 1.0%: cyclist 30.0% -> 28.0%"


def test_the_limit_holds_by_the_names_of_the_card():
    truth = np.repeat(np.arange(3, dtype=np.uint8), (9_700, 200, 100)).reshape(1, 100, 100)
    graph = np.where(truth == 2, 0, truth).astype(np.uint8)
    scan = CheckScan(np.ones((1, 5, 100, 100), np.float32), truth)
    found = compare(lambda _: truth, lambda _: graph, [scan], ("ground", "tree", "tram"), "int8")
    assert found.iou_cost == {"ground": pytest.approx(100 / 9_800), "tree": 0.0, "tram": 1.0}
    assert "tram 100.0% -> 0.0%" in found.failure


@pytest.mark.parametrize(
    ("before", "after", "cost"),
    [(0.5, 0.49, 0.01), (0.49, 0.5, -0.01), (0.5, None, 0.5), (None, None, None), (None, 0.0, None)],
)
def test_the_cost_of_a_class(before, after, cost):
    found = Parity("int8", 1, 100, 1.0, None, {"car": before}, {"car": after})
    assert found.iou_cost == {"car": cost if cost is None else pytest.approx(cost)}
