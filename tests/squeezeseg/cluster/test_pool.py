"""A pool of Ray's workers: outcomes, errors, workers that end."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from helpers.cluster import LOADED, Square
from helpers.tools import needs

from projection import InputError
from squeezeseg.cluster import pool
from squeezeseg.cluster.session import session
from squeezeseg.running.lanes import Outcome

ROOT = Path(__file__).resolve().parents[3]


def test_outcomes_are_put_in_order():
    outcomes = iter([Outcome(3, "c"), Outcome(1, "a"), Outcome(2, error=InputError("b"))])
    ordered = list(pool.in_order(outcomes, [1, 2, 3]))
    assert [(one.frame, one.result) for one in ordered] == [(1, "a"), (2, None), (3, "c")]


@pytest.fixture(scope="module")
def cores():
    needs("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests'}")  # for the workers
        with session("local", cpus=2) as found:
            yield found


def ran(folder, items, **options):
    return {one.frame: one for one in pool.run(Square(folder, **options), items, workers=2)}


@pytest.mark.slow
def test_every_item_has_its_outcome_and_each_worker_prepares_once(cores, tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    found = ran(tmp_path, [*range(1, 13), 13, 17, 17 + 4])
    assert cores == 2
    assert {number: one.result for number, one in found.items() if number != 13} == {
        number: number * number for number in (*range(1, 13), 17, 21)
    }
    assert (str(found[13].error), str(found[13].error.__cause__)) == ("13: unlucky", "unlucky")
    assert [record.getMessage() for record in caplog.records] == ["17 and those like it are odd"]
    prepared = list(tmp_path.glob(f"{LOADED}-*"))
    assert 1 <= len(prepared) <= 2
    assert {file.read_text() for file in prepared} == {"once\n"}
    assert os.getpid() not in {int(file.name.rpartition("-")[2]) for file in prepared}


@pytest.mark.slow
def test_a_worker_that_ends_takes_nothing_with_it_and_what_ends_each_is_known(cores, tmp_path):
    found = ran(tmp_path, list(range(19, 26)))
    assert {number for number, one in found.items() if one.result == number * number} == {*range(19, 26)} - {23}
    assert "23: 4 workers ended" in str(found[23].error)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("items", "options", "kind", "said"),
    [
        ([1], {"broken": True}, pool.WorkerError, "no weights here"),
        ([29], {}, pool.WorkerError, "no memory for the network"),
        ([31], {}, RuntimeError, "LookupError: a fault of ours"),
    ],
)
def test_what_no_worker_can_do_ends_the_run(cores, tmp_path, items, options, kind, said):
    with pytest.raises(kind, match=said):
        ran(tmp_path, items, **options)
