"""Measuring a table, with engines that take no time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from projection import InputError
from squeezeseg.networks.registry import ARCHITECTURES
from squeezeseg.search.layer_case import LayerCase, cases_of
from squeezeseg.search.space import named_space
from squeezeseg.search.table import measuring
from squeezeseg.search.table.latency_table import read_table
from squeezeseg.search.table.target import Target

TARGET = Target("A processor", ("avx2",), "openvino", "int8", 1, {"openvino": "1"})
CASES = [LayerCase("res", channels, 4, 64) for channels in range(16, 116)]


@pytest.fixture
def engine(monkeypatch):
    """An engine that notes what it timed, as long as it takes."""

    class Engine:
        def __init__(self):
            self.asked, self.patience = [], 10**9

        def __call__(self, cases, target):
            self.patience -= 1
            if self.patience < 0:
                raise KeyboardInterrupt
            assert target == TARGET
            self.asked += cases
            return {case: case.channels * 1e-6 for case in cases}

    made = Engine()
    monkeypatch.setattr(measuring, "time_cases", made)
    return made


def test_each_case_is_timed_once_and_kept(tmp_path, engine):
    told = []
    table = measuring.begin(tmp_path / "t.json", TARGET, 64, 512)
    table = measuring.measure(table, [*CASES, *CASES], progress=told.append)
    assert len(engine.asked) == len(CASES)
    assert (told[0], told[-1]) == (0, len(CASES))
    assert read_table(tmp_path / "t.json").times == {case: pytest.approx(case.channels * 1e-6) for case in CASES}
    assert table.seconds(CASES[3]) == pytest.approx(19e-6)


def test_an_interrupted_run_goes_on(tmp_path, engine):
    path = tmp_path / "t.json"
    engine.patience = 2
    with pytest.raises(KeyboardInterrupt):
        measuring.measure(measuring.begin(path, TARGET, 64, 512), CASES)
    assert len(read_table(path).times) == 2 * measuring.AT_ONCE
    engine.patience, told = 10**9, []
    measuring.measure(measuring.begin(path, TARGET, 64, 512), CASES, progress=told.append)
    assert sorted(engine.asked, key=CASES.index) == CASES
    assert told[0] == 2 * measuring.AT_ONCE


def test_a_budget_of_time(tmp_path, engine, monkeypatch):
    clock = iter(range(0, 10**6, 10))
    monkeypatch.setattr(measuring.time, "monotonic", lambda: next(clock))
    table = measuring.begin(tmp_path / "t.json", TARGET, 64, 512)
    assert len(measuring.measure(table, CASES, seconds=25).times) == 2 * measuring.AT_ONCE


@pytest.mark.parametrize(
    ("target", "width", "reason"),
    [
        (replace(TARGET, processor="Another"), 512, "processor A processor, not Another"),
        (replace(TARGET, precision="float32"), 512, "precision int8, not float32"),
        (TARGET, 2048, "images of 64 x 512, not 64 x 2048"),
    ],
)
def test_another_targets_table_is_not_gone_on_with(tmp_path, engine, target, width, reason):
    path = tmp_path / "t.json"
    measuring.measure(measuring.begin(path, TARGET, 64, 512), CASES[:1])
    with pytest.raises(InputError) as error:
        measuring.begin(path, target, 64, width)
    assert str(error.value) == f"{path}: is another target's table ({reason}); choose another --out"


def test_a_table_of_networks_that_are_the_sum_of_their_cases(tmp_path, monkeypatch):
    """Correlation and error of a made-up machine: 50 microseconds and 1.2 times the sum, within 3 %."""
    space, random = named_space("range"), np.random.default_rng(0)
    networks = [space.draw(random) for _ in range(30)]
    cases = [case for network in networks for case in cases_of(network, 64, 512)]
    times = {case: random.uniform(1e-5, 1e-3) for case in cases}
    noise = random.uniform(0.97, 1.03, len(networks))
    table = measuring.begin(tmp_path / "t.json", TARGET, 64, 512)
    monkeypatch.setattr(measuring, "time_cases", lambda some, _: {case: times[case] for case in some})
    table = measuring.measure(table, cases)

    def measured(some, target, height, width, progress):
        assert (target, height, width) == (TARGET, 64, 512)
        sums = np.array([sum(times[case] for case in cases_of(one, 64, 512)) for one in some])
        return list((50e-6 + 1.2 * sums) * noise)

    monkeypatch.setattr(measuring, "time_networks", measured)
    table = measuring.validated(table, networks)
    assert table.validation.good
    assert table.validation.mean_error < 0.03
    assert table.correction.factor == pytest.approx(1.2, rel=0.05)
    kept = read_table(table.path)
    assert kept.validation == table.validation
    assert kept.network_seconds(networks[0]) == pytest.approx(table.network_seconds(networks[0]), rel=1e-4)
    times[CASES[0]] = 1e-3
    grown = measuring.measure(kept, CASES[:1])
    assert (grown.correction, grown.validation) == (None, None)


def test_refusals(tmp_path):
    table = measuring.begin(tmp_path / "t.json", TARGET, 64, 512)
    with pytest.raises(InputError, match="--networks 2: a table is held against 3 networks at the least"):
        measuring.validated(table, [ARCHITECTURES["fast"]] * 2)
    with pytest.raises(InputError, match="has no time of fold_n8 conv_k3_c32"):
        measuring.validated(table, [ARCHITECTURES["fast"]] * 3)
