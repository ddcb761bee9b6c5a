"""Energy counters."""

from __future__ import annotations

import pytest

from squeezeseg.profiling.energy_meter import EnergyMeter


def write(root, package, microjoules, most=1000):
    folder = root / package
    folder.mkdir(exist_ok=True)
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text(f"{most}\n")


def test_packages_are_added_up_and_their_parts_are_not(tmp_path):
    for package in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        write(tmp_path, package, 100)
    meter = EnergyMeter(tmp_path)
    before = meter.read()
    for package in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        write(tmp_path, package, 400)
    assert meter.since(before) == pytest.approx(600e-6)


def test_a_counter_that_began_again(tmp_path):
    write(tmp_path, "intel-rapl:0", 990)
    meter = EnergyMeter(tmp_path)
    before = meter.read()
    write(tmp_path, "intel-rapl:0", 9)
    assert meter.since(before) == pytest.approx(20e-6)


@pytest.mark.parametrize("content", [None, "", "no number"])
def test_what_cannot_be_read_is_none(tmp_path, content):
    if content is not None:
        write(tmp_path, "intel-rapl:0", content)
    meter = EnergyMeter(tmp_path)
    assert meter.read() is None
    assert meter.since(None) is None
