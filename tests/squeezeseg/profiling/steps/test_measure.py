"""Steps of engines: each is charged to the layers that it stands for, and no layer is lost."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from projection import InputError
from squeezeseg.networks import architecture
from squeezeseg.profiling.counting import count_module
from squeezeseg.profiling.layer import CONVOLUTIONS, IN_PLACE
from squeezeseg.profiling.steps.execution import Execution, Node
from squeezeseg.profiling.steps.graph_nodes import fused, original_names
from squeezeseg.profiling.steps.measure import measure, runner
from squeezeseg.profiling.steps.roofline import CONVERSION, Roofs, Step, by_kind, copy_bytes, largest_cache, steps
from squeezeseg.profiling.steps.subject import classification, for_range_images, fresh

TINY = 4, 64
ENGINES = [("openvino", "float32"), ("onnxruntime", "float32"), ("torch", "float32")]
NAMES = ["mobilenetv3-small+lraspp", "squeezeseg", "shufflenetv2+fire"]


class Block(nn.Module):
    """A convolution, an activation, and the input added."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.last = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        return self.last(self.conv(x).relu() + x)


LAYERS = count_module(Block(), (1, 8, 4, 16))
IMAGE = 8 * 4 * 16
CONV, RELU, ADD, LAST = range(4)


@pytest.mark.parametrize(
    ("members", "read", "written"),
    [
        ([CONV], IMAGE, IMAGE),
        ([CONV, RELU], IMAGE, IMAGE),
        ([RELU], IMAGE, IMAGE),
        ([ADD], 2 * IMAGE, IMAGE),
        ([CONV, RELU, ADD], IMAGE, IMAGE),
        ([ADD, LAST], 2 * IMAGE, IMAGE // 2),
        ([CONV, RELU, ADD, LAST], IMAGE, IMAGE // 2),
    ],
)
def test_layers_run_as_one_move_what_passes_their_border(members, read, written):
    assert LAYERS.traffic(members) == (read, written)


def test_roofs():
    roofs = Roofs(gmacs=100, gbytes=20)
    assert roofs.ridge == 5
    assert roofs.milliseconds(macs=300_000_000, moved=20_000_000) == 3.0
    assert roofs.milliseconds(macs=100_000_000, moved=40_000_000) == 2.0
    assert (roofs.bound(600, 100), roofs.bound(400, 100)) == ("arithmetic", "memory")


def test_what_a_step_had_to_do():
    node = Node("node", "brgconv", (CONV, RELU, ADD), 2.0, 1.5, 4, 1)
    reorder = Node("reorder", "jit", (), 0.5, 0.5, 4, 1, moved=5 * IMAGE)
    first, second = steps(Execution("openvino", "int8", 1, 10, 3.0, (node, reorder)), LAYERS)
    parameters = 8 * 8 * 9 + 8
    assert (first.name, first.kind, first.macs) == ("conv", "dense", 64 * 8 * 8 * 9)
    assert first.moved == 4 * (IMAGE + parameters) + IMAGE
    assert first.intensity == first.macs / first.moved
    assert (second.name, second.kind, second.moved) == ("reorder", CONVERSION, 5 * IMAGE)


def test_a_layer_that_two_nodes_are_of_is_counted_once():
    nodes = tuple(Node(name, "", (LAST,), 1.0, 1.0, 4, 4) for name in "ab")
    first, second = steps(Execution("onnxruntime", "float32", 1, 10, 3.0, nodes), LAYERS)
    assert (first.kind, first.macs) == ("1x1", 64 * 8 * 4)
    assert (second.name, second.kind, second.macs, second.moved, second.layers) == ("last", "1x1", 0, 0, ())


def test_kinds_are_taken_together():
    roofs = Roofs(gmacs=1, gbytes=1)
    found = by_kind(
        [
            Step("c", (), "pool", "", 9.0, 0, 0, 3_000_000),
            Step("a", (), "dense", "vector", 4.0, 2_000_000, 0, 1_000_000),
            Step("b", (), "dense", "matrix", 6.0, 1_000_000, 0, 2_000_000),
            Step("d", (), "depthwise", "", 1.0, 1, 0, 1),
        ],
        roofs,
    )
    assert [one.kind for one in found] == ["dense", "depthwise", "pool"]
    assert found[0].kernel == "matrix"  # the larger part of the time
    dense, _, pool = found
    assert (dense.steps, dense.milliseconds, dense.macs, dense.gmacs) == (2, 10.0, 3_000_000, 0.3)
    assert dense.share == 0.4  # 2 ms by its arithmetic, 2 ms by its memory, in 10
    assert (pool.share, round(pool.gbytes, 3)) == (round(3 / 9, 16), 0.333)


def test_a_node_named_after_its_end_stands_for_what_was_before():
    assert fused({"relu_nchwc": [RELU], "add": [ADD], "last": [LAST]}, LAYERS)["relu_nchwc"] == (RELU, CONV)


def test_names_that_quantization_made():
    assert list(original_names("node_a/fq_output_0,node_b,")) == ["node_a", "node_b"]


def test_the_copied_array_is_larger_than_the_caches(tmp_path):
    for index, size in enumerate(("48K", "2048K", "480M")):
        (tmp_path / f"index{index}").mkdir()
        (tmp_path / f"index{index}" / "size").write_text(f"{size}\n")
    assert largest_cache(tmp_path) == 480 << 20
    assert 1 << 20 <= copy_bytes() <= 1 << 30


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "precision"), ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_steps_cover_all_layers_that_do_something(name, engine, precision, tmp_path):
    subject = fresh(architecture(name), TINY[1], TINY[0])
    run = runner(subject, engine, precision, tmp_path / "graph")
    for _ in range(5):
        run.counted()
    run.plain()
    found = steps(Execution(engine, precision, run.threads, 2, 1.0, nodes := run.nodes()), subject.layers)
    assert sum(one.milliseconds for one in found) == pytest.approx(sum(node.milliseconds for node in nodes))
    charged = [name for one in found for name in one.layers]
    assert len(charged) == len(set(charged))
    # Engines may leave out what only moves or repeats numbers.
    left_out = [one for one in subject.layers.layers if one.name not in charged and one.kind not in IN_PLACE]
    assert {one.kind for one in left_out} <= {"concatenation", "copy", "unused"}
    assert {one.macs for one in left_out} <= {0}
    assert sum(one.macs for one in found) == subject.layers.macs
    # What stands for no layer moves numbers to and fro, or asks for a shape, and says how many bytes.
    for one in (one for one in found if one.kind == CONVERSION):
        assert not one.layers
        assert one.moved > 0
        assert any(word in one.name.lower() for word in ("reorder", "acdb", "_f32", "bf16", "_u8", "_i8", "shape"))


@pytest.mark.slow
def test_int8_steps_cover_all_convolutions(tmp_path):
    subject = for_range_images("fast", 64)
    run = runner(subject, "openvino", "int8", tmp_path / "graph")
    for _ in range(5):
        run.counted()
    found = steps(Execution("openvino", "int8", 1, 2, 1.0, run.nodes()), subject.layers)
    assert sum(one.macs for one in found) == subject.layers.macs
    wanted = {one.name for one in subject.layers.layers if one.kind in CONVOLUTIONS}
    assert wanted <= {name for one in found for name in one.layers}


@pytest.mark.slow
def test_batch_norm_is_charged_to_the_convolution_that_it_was_folded_into(tmp_path):
    subject = classification("shufflenetv2@width=0.5")
    run = runner(subject, "openvino", "float32", tmp_path / "graph")
    for _ in range(5):
        run.counted()
    found = steps(Execution("openvino", "float32", 1, 2, 1.0, run.nodes()), subject.layers)
    assert sum(one.macs for one in found) == subject.layers.macs
    assert "norm" not in {one.kind for one in found}


@pytest.mark.slow
def test_a_measurement_has_roofs_of_the_same_engine():
    subject = fresh(architecture("fast"), *reversed(TINY))
    found = measure(subject, "torch", "float32", 0.0)
    assert found.roofs.gmacs > 0
    assert found.roofs.gbytes > 0
    assert found.execution.runs >= 10
    assert sum(one.milliseconds for one in found.steps) == pytest.approx(found.execution.milliseconds)


def test_fresh_weights_are_always_the_same():
    one, other = (fresh(architecture("fast"), 64, 4).model.card.checksum for _ in range(2))
    assert one == other


def test_names_are_looked_up():
    assert classification("mobilenetv2").layers.parameters == 3_504_872
    assert for_range_images("squeezeseg", 512).trained
    assert not for_range_images("mobilenetv2@width=0.5", 512).trained
    assert torch.is_tensor(next(iter(classification("alexnet").module().parameters())))


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: classification("squeezeseg"), "--classification: there is no backbone 'squeezeseg'"),
        (lambda: for_range_images("alexnet", 512), "alexnet: is for pictures alone; add --classification"),
        (lambda: for_range_images("network.onnx", 512), "a graph; give the .safetensors"),
        (lambda: measure(classification("alexnet"), "tvm", "int8", 1), "--target tvm: unknown; use one of openvino,"),
        (
            lambda: measure(classification("alexnet"), "torch", "int8", 1),
            "--precision int8: torch has bfloat16, float32",
        ),
    ],
)
def test_what_cannot_be_profiled(call, complaint):
    with pytest.raises(InputError, match=complaint):
        call()
