"""Measuring."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from helpers.gpu import on_device

from data.scan import Scan
from projection import PRESETS, InputError
from squeezeseg.profiling.benchmark import (
    MIN_SCANS,
    WARM_UP_SCANS,
    Run,
    measure,
    measure_batches,
    measure_eager,
    peak_memory,
)

SCANS = [Scan(street(k), name=str(k)) for k in range(2)]


@pytest.mark.parametrize("lanes", [1, 2])
def test_warming_up_does_not_count(lanes):
    run = measure(segmenter(view="front"), SCANS, 0, lanes=lanes)
    assert run.frames == MIN_SCANS * lanes
    assert run.fps == pytest.approx(run.frames / run.seconds)
    assert len(run.times["total"]) >= run.frames
    assert len(run.times["total"]) <= run.frames + (WARM_UP_SCANS + 3) * lanes
    assert run.joules is None or run.joules > 0


def test_the_clock_starts_anew():
    one = segmenter(view="front")
    one(SCANS[0])
    one(SCANS[1])
    assert len(measure(one, SCANS, 0).times["network"]) == MIN_SCANS


def test_a_scan_that_cannot_be_used_is_named():
    strange = Scan(street(0), name="strange", ring=np.full(len(street(0)), 200, np.uint8))
    with pytest.raises(InputError, match="strange: ring field names beam 200"):
        measure(segmenter(view="front"), [strange], 0)


def test_batches_of_several_sizes_go_to_the_device(model, monkeypatch):
    from squeezeseg.engines.torch_engine import TorchEngine

    one = on_device(TorchEngine(model, "float32", device="cpu"), model, PRESETS["hdl64_front"])
    sizes, batch = [], one.batch
    monkeypatch.setattr(one, "batch", lambda scans: sizes.append(len(scans)) or batch(scans))
    monkeypatch.setattr("squeezeseg.profiling.benchmark.BATCHES", (1, 3))
    rates = measure_batches(one, SCANS, 0)
    assert set(rates) == set(sizes) == {1, 3}
    assert all(rate > 0 for rate in rates.values())


def test_the_plain_network_in_both_memory_formats(model):
    eager = measure_eager(model, SCANS[0], PRESETS["hdl64"].with_view("full"), 0)
    assert (eager.shape, eager.threads) == ((1, 5, 64, 512), 1)
    assert {name: run.frames for name, run in eager.runs.items()} == {
        "contiguous": MIN_SCANS,
        "channels_last": MIN_SCANS,
    }


def test_runs_are_taken_together():
    one, other = Run(2, 1.0, {"crf": [1.0, 3.0]}, 5.0), Run(4, 1.0, {"crf": [5.0]}, 7.0)
    both = one + other
    assert (both.fps, both.joules) == (3.0, 12.0)
    assert both.stages["crf"]["p50"] == 3
    assert (one + Run(1, 1.0, {}, None)).joules is None


def test_memory_is_this_process_own():
    assert 2**20 < peak_memory() < 2**40
