"""Layers and steps are taken together by block."""

from __future__ import annotations

import pytest

from apps.profile.blocks import INPUT, block_of, by_block
from apps.profile.result import as_dict
from squeezeseg.profiling.steps.execution import Execution, Node
from squeezeseg.profiling.steps.measure import Measurement
from squeezeseg.profiling.steps.roofline import Roofs, steps
from squeezeseg.profiling.steps.subject import for_range_images


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("backbone.stages.3.1.layers.2.squeeze", "backbone.stages.3.1"),
        ("stages.0.0.conv", "stages.0.0"),
        ("end.1.conv", "end.1"),
        ("head.steps.2.squeeze.conv", "head.steps.2"),
        ("head.project.conv", "head.project"),
        ("head", "head"),
        ("decoder.deep.0", "decoder.deep"),
        ("", INPUT),
    ],
)
def test_the_block_of_a_module(name, block):
    assert block_of(name) == block


def test_blocks_have_all_that_their_layers_have():
    subject = for_range_images("fast1", 64)
    nodes = [Node(str(n), "", (n,), 1.0, 1.0, 4, 4) for n in range(len(subject.layers.layers))]
    nodes.append(Node("reorder", "", (), 7.0, 7.0, 4, 4, 100))
    execution = Execution("openvino", "float32", 2, 10, 100.0, tuple(nodes))
    found = Measurement(execution, tuple(steps(execution, subject.layers)), Roofs(100, 20))
    result = as_dict(subject, 8_500_000, 1e6, found)
    blocks = by_block(result)
    assert sum(one.stored for one in blocks) == sum(result["container"]["layers"].values())
    assert sum(one.parameters for one in blocks) == 752_048
    assert sum(one.macs for one in blocks) == subject.layers.macs
    assert sum(one.moved for one in blocks) == subject.layers.moved
    assert sum(one.milliseconds for one in blocks) == pytest.approx(execution.milliseconds)
    names = [one.name for one in blocks]
    assert names[:3] == ["input", "0.0 fold_n4", "0.1 conv_k3_c32"]
    assert names[-1] == "reorder, convert"
