from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.models import fresh_network
from helpers.workers import run_workers
from helpers.workers_at_work import steps_in_float64, trained

from squeezeseg.distributed.exchange import HOOKS, Exchange
from squeezeseg.distributed.gradients import compressed_bytes, plain_steps
from squeezeseg.training.augmentation import PLAIN
from squeezeseg.training.settings import TrainSettings

LEARNING = TrainSettings(
    model="fast",
    steps=15,
    batch=2,
    width=64,
    warm_up=0,
    rate=0.01,
    crf_steps=0,
    precision="float32",
    augmentation=PLAIN,
)


@pytest.mark.parametrize(("steps", "done", "expected"), [(5600, 0, 560), (10, 0, 2), (50_000, 0, 1000), (5600, 559, 2)])
def test_powersgd_begins_after_plain_steps(steps, done, expected):
    assert plain_steps(steps, done) == expected


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("plain", 4 * (64 * 45 + 64)),
        ("fp16", 2 * (64 * 45 + 64)),
        ("bf16", 2 * (64 * 45 + 64)),
        ("powersgd-1", 4 * (64 + 45 + 64)),
        ("powersgd-2", 4 * (2 * (64 + 45) + 64)),
    ],
)
def test_bytes_of_a_weight_and_a_bias(hook, expected):
    assert compressed_bytes([(64, 5, 3, 3), (64,)], hook) == expected


def test_what_would_hardly_shrink_goes_as_it_is():
    assert compressed_bytes([(8, 1, 3, 3)], "powersgd-4") == 4 * 72


@pytest.mark.slow
@pytest.mark.parametrize("hook", HOOKS)
def test_a_run_learns_with_each_hook_and_its_bytes_are_counted(hook, tmp_path):
    traffic, other = run_workers(trained, LEARNING, tmp_path, None, False, exchange=Exchange(hook))
    losses = [json.loads(line)["loss"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.85 * losses[0]
    shapes = [one.shape for one in fresh_network("fast", 4, batch_norm=True).parameters()]
    assert traffic == other
    assert traffic["gradients"] == compressed_bytes(shapes, hook)


@pytest.mark.slow
def test_what_powersgd_leaves_out_of_one_step_goes_with_the_next():
    """The error that it feeds back keeps its weights near those of gradients that go as they are."""
    plain = steps_in_float64_of("plain")
    thin = steps_in_float64_of("powersgd-1")
    assert any((thin[name] != plain[name]).any() for name in plain)
    apart = [np.abs(thin[name] - plain[name]).max() for name in plain if name.endswith("conv.weight")]
    assert max(apart) < 0.02


def steps_in_float64_of(hook):
    return run_workers(steps_in_float64, "fast", 4, exchange=Exchange(hook))[0]
