from __future__ import annotations

import pytest

from projection import InputError
from squeezeseg.distributed.exchange import HOOKS
from squeezeseg.distributed.gradients import compressed_bytes
from squeezeseg.profiling.communication import Communication, _trainable, measure
from squeezeseg.profiling.exchange import Exchanged, exchange
from squeezeseg.profiling.ring_all_reduce import RingAllReduce

SHAPES = [(64, 5, 3, 3), (64,), (4, 64)]


@pytest.mark.parametrize(
    ("name", "parameters", "image"),
    [
        ("squeezenet1.0", 1_248_424, (8, 3, 224, 224)),
        ("fast", 321_920, (8, 8, 64, 256)),
        ("mobilenetv3-small+lraspp", None, (8, 5, 64, 256)),
    ],
)
def test_a_network_is_measured_as_it_is_trained(name, parameters, image):
    module, found = _trainable(name)
    assert found == image
    assert parameters is None or sum(one.numel() for one in module.parameters()) == parameters


@pytest.mark.parametrize("name", ["nonet", "alexnet@width=2"])
def test_a_network_that_is_none(name):
    with pytest.raises(InputError):
        _trainable(name)


def test_steps_are_computing_and_a_ring():
    found = Communication("x", 1, (1,), 0.5, {hook: Exchanged(125_000_000, None) for hook in HOOKS})
    assert found.step("plain", 2, RingAllReduce(1e9, 0.01)) == pytest.approx(0.5 + 1 + 0.02)
    slower = Communication("x", 1, (1,), 0.5, {hook: Exchanged(125_000_000, 1.25) for hook in HOOKS})
    assert slower.step("plain", 2, RingAllReduce(1e9, 0.0)) == pytest.approx(0.5 + 1.25)
    assert slower.step("plain", 4, RingAllReduce(1e9, 0.0)) == pytest.approx(0.5 + 1.5 + 0.25)
    assert found.step("powersgd-1", 2, RingAllReduce(1e9, 0.01)) == pytest.approx(0.5 + 1 + 0.06)


@pytest.mark.slow
def test_what_two_workers_exchange_is_counted():
    found, latency = exchange(SHAPES, HOOKS, 1e9, [True] * 5 + [False])
    assert [one.given for one in found] == [compressed_bytes(SHAPES, hook) for hook in HOOKS]
    assert [one.seconds is None for one in found] == [False] * 5 + [True]
    assert latency > 0


@pytest.mark.slow
def test_a_network_is_measured():
    done = []
    (found,), ring = measure(["fast"], 1e9, 1.0, done.append)
    assert (found.parameters, done, ring.bits_per_second) == (321_920, [1], 1e9)
    assert found.compute > 0
