"""Streets that never repeat: the plan, the processes, and runs that are killed and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import streets as helper
from helpers.streets import HEIGHT, flat_street
from safetensors.torch import load_file

from data.labels import class_map
from data.simulator import simulate
from data.sources import open_source
from projection import InputError
from squeezeseg.training.loop import train
from squeezeseg.training.ring import Ring
from squeezeseg.training.samples import build_store
from squeezeseg.training.settings import TrainSettings
from squeezeseg.training.street_worker import StreetJob, make_streets, simulated_street
from squeezeseg.training.streets import FreshStreets, StreetPlan

PLAN = StreetPlan(kept=4, uses=2, batch=2, steps=6)


@pytest.mark.parametrize(
    ("uses", "step", "window"),
    [(2, 0, (0, 4)), (2, 1, (1, 5)), (2, 6, (6, 10)), (2, 9, (6, 10)), (1, 3, (6, 10)), (3, 1, (0, 4)), (3, 2, (1, 5))],
)
def test_a_steps_scans_depend_on_its_number_alone(uses, step, window):
    found = replace(PLAN, uses=uses).window(step)
    assert (found.start, found.stop) == window


@pytest.mark.parametrize("uses", [1, 1.5, 2, 7])
def test_a_scan_is_used_so_often_on_average(uses):
    plan = StreetPlan(kept=50, uses=uses, batch=8, steps=2000)
    drawn = np.zeros(plan.window(plan.steps).stop)
    for step in range(plan.steps):
        window = plan.window(step)
        drawn[window.start : window.stop] += plan.batch / plan.kept
    assert drawn[100:-100].mean() == pytest.approx(uses, rel=0.02)


def job(folder, **changes):
    return StreetJob(folder, 8, 1, 0, 0, 8, "default", 0, 1, flat_street, **changes)


@pytest.mark.parametrize(("worker", "workers", "made"), [(0, 1, range(8)), (0, 2, [0, 1, 4, 5]), (1, 2, [2, 3, 6, 7])])
def test_workers_share_the_streets(tmp_path, worker, workers, made):
    ring = Ring.make(tmp_path / "ring", 8, HEIGHT, {})
    ring.need(0)
    make_streets(replace(job(tmp_path / "ring"), worker=worker, workers=workers))
    assert np.flatnonzero(ring.holds(range(8))).tolist() == list(made)


def test_only_what_is_missing_is_made(tmp_path):
    ring = Ring.make(tmp_path / "ring", 8, HEIGHT, {})
    ring.need(3)
    for number in (4, 5):
        ring.put(number, *flat_street(1, number, "default")[0])
    asked = []

    def street(seed, first, map_name):
        asked.append(first)
        return flat_street(seed, first, map_name)

    make_streets(replace(job(tmp_path / "ring"), start=3, offset=10, street=street))
    assert asked == [12, 16]


def test_too_few_scans_are_refused(tmp_path):
    with pytest.raises(InputError, match="keep 2 scans or more"):
        FreshStreets(tmp_path, replace(PLAN, kept=1), 1)


def test_what_differs_has_another_fingerprint(tmp_path):
    changes = ({}, {"seed": 2}, {"offset": 2}, {"map_name": "squeezeseg"}, {"plan": replace(PLAN, kept=6)})
    found = {FreshStreets(tmp_path, **{"plan": PLAN, "seed": 1, **one}).fingerprint for one in changes}
    assert len(found) == len(changes)
    same = FreshStreets(tmp_path, PLAN, 1, workers=3)
    assert same.fingerprint == FreshStreets(tmp_path, PLAN, 1).fingerprint


@pytest.mark.slow
def test_steps_see_their_scans_and_streets_go_on_where_they_were(tmp_path):
    with FreshStreets(tmp_path / "ring", PLAN, 1, workers=2, street=flat_street) as fresh:
        for step in (0, 1, 5):
            store = fresh.at(step)
            numbers = [int(store.turn(place)[0][0, 0, 0]) - 1 for place in range(len(store))]
            assert numbers == list(PLAN.window(step))
    with FreshStreets(tmp_path / "ring", PLAN, 1, street=flat_street) as again:  # killed after step 2, say
        assert int(again.at(2).turn(0)[0][0, 0, 0]) - 1 == PLAN.window(2).start


@pytest.mark.slow
@pytest.mark.parametrize(
    ("street", "message"),
    [
        ("failing_street", "simulating streets: the sky fell; hold it up"),
        ("broken_street", "ValueError: no such thing"),
        ("killed_street", "a process was killed, memory may be short"),
    ],
)
def test_a_failed_process_is_told_of(tmp_path, street, message):
    fresh = FreshStreets(tmp_path / "ring", PLAN, 1, street=getattr(helper, street))
    with pytest.raises(InputError, match=message), fresh:
        fresh.at(0)


@pytest.mark.slow
def test_ctrl_c_is_for_the_training_alone(tmp_path):
    with FreshStreets(tmp_path / "ring", replace(PLAN, steps=1000), 1, street=flat_street) as fresh:
        fresh.at(0)
        os.kill(fresh._processes[0][0].pid, signal.SIGINT)
        assert int(fresh.at(20).turn(0)[0][0, 0, 0]) - 1 == 20


SETTINGS = TrainSettings(
    model="fast", steps=4, batch=2, width=64, crf_steps=1, uses=1, precision="float32", checkpoint_every=1, seed=3
)


def trained(folder, on_step=None):
    plan = StreetPlan(4, 1, SETTINGS.batch, SETTINGS.steps)
    with FreshStreets(folder / "ring", plan, 3, street=flat_street) as fresh:
        return load_file(train(SETTINGS, fresh, folder, on_step=on_step))


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path):
    def stop(progress):
        if progress.step == 2:
            raise KeyboardInterrupt

    whole = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "killed", stop)
    torch.rand(3)
    gone_on = trained(tmp_path / "killed")
    assert whole.keys() == gone_on.keys()
    assert all(torch.equal(value, gone_on[name]) for name, value in whole.items())


PARENT = """
import os, signal, sys
sys.path[:0] = {path!r}
from pathlib import Path
from helpers.streets import flat_street
from squeezeseg.training.streets import FreshStreets, StreetPlan
if __name__ == "__main__":
    fresh = FreshStreets(Path({folder!r}), StreetPlan(4, 1, 2, 10_000), 1, street=flat_street)
    fresh.at(0)
    print(fresh._processes[0][0].pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_processes_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(path=[str(Path(__file__).parents[2]), *sys.path], folder=str(tmp_path / "ring")))
    started = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert started.returncode == -signal.SIGKILL, started.stderr
    pid = int(started.stdout)
    for _ in range(1000):
        if not _runs(pid):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it outlived its parent")


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_turns_are_those_of_a_drive_on_disk(tmp_path):
    drive = open_source(simulate(tmp_path / "drive", 4, 3, 2, 1.0, threads=1))
    store = build_store([drive], tmp_path / "samples", class_map("default"))
    # A reader estimates where turns are cut, so that a point or two beside the cut may be counted to another beam.
    for place, (channels, labels) in enumerate(simulated_street(3, 2, "default"), start=2):
        assert np.mean(labels != store.labels[place]) < 1e-4
        assert np.mean(channels != store.channels[place]) < 1e-4
