"""How adapted networks are checked and chosen, and how the time is shared out."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.scans import SMALL, full_scan

from data.labels import CAR, IGNORE
from data.scan import Scan
from projection import InputError
from squeezeseg.adaptation.consistency import DROPPED, Consistency, measure_consistency
from squeezeseg.adaptation.plan import FILE, HELD, Plan, make_plan, save_plan, saved_plan
from squeezeseg.adaptation.verdict import Checks, decide


@pytest.fixture
def scan() -> Scan:
    points, ring, _ = full_scan(SMALL)
    return Scan(points, ring=ring)


def near(points):
    """Cars are what is near, which no change of a scan alters."""
    return np.where(np.linalg.norm(points[:, :3], axis=1) < 15, CAR, 0).astype(np.uint8)


def left(points):
    return np.where(points[:, 1] > 0, CAR, 0).astype(np.uint8)


def test_labels_by_what_stays_agree_with_themselves(scan):
    found = measure_consistency([scan, scan], lambda one: near(one.points))
    assert {change: one["car"] for change, one in found.agreement.items()} == dict.fromkeys(found.agreement, 1.0)
    assert found.mean("car") == 1.0
    assert found.mean("cyclist") is None
    assert found.points == {"car": 2 * int(near(scan.points).sum()), "pedestrian": 0, "cyclist": 0}


def test_labels_by_the_side_disagree_with_the_mirrored_scan(scan):
    found = measure_consistency([scan], lambda one: left(one.points))
    assert found.agreement["mirrored"]["car"] == pytest.approx(0, abs=0.01)
    assert found.agreement["without beams"]["car"] == 1.0
    assert found.agreement["turned"]["car"] == pytest.approx(1 - 2 * 3 / 180, abs=0.01)


def test_one_of_every_few_beams_is_dropped_and_points_without_a_label_count_as_none(scan):
    sizes = []

    def labels(one):
        sizes.append(len(one))
        return np.full(len(one), IGNORE, np.uint8)

    found = measure_consistency([scan], labels)
    assert sizes == [len(scan), len(scan), len(scan), len(scan) * (DROPPED - 1) // DROPPED]
    assert found.mean("car") is None


def checks(simulated, real, labelled=None):
    names = ("car", "pedestrian", "cyclist")
    agreement = {"mirrored": dict(zip(names, (real, None, None), strict=True))}
    seen = None if labelled is None else dict(zip(names, labelled, strict=True))
    return Checks(dict(zip(names, simulated, strict=True)), Consistency(agreement, {}), seen)


@pytest.mark.parametrize(
    ("before", "after", "adapted", "words"),
    [
        (checks((0.8, 0.2, 0.1), 0.9), checks((0.85, 0.3, 0.1), 0.88), True, "36.7 to 41.7 %"),
        (checks((0.8, 0.2, 0.1), 0.9), checks((0.8, 0.2, 0.1), 0.9), False, "no better on simulated"),
        (checks((0.8, 0.2, 0.1), 0.9), checks((0.9, 0.9, 0.9), 0.7), False, "agree less with themselves: 90 to 70 %"),
        (checks((0.8, 0.2, 0.1), None), checks((0.9, 0.9, None), 0.7), True, "36.7 to 90.0 %"),
        (
            checks((0.8, 0.2, 0.1), 0.9, (0.5, None, None)),
            checks((0.9, 0.9, 0.9), 0.9, (0.4, 0.0, None)),
            False,
            "no better on labelled real scans: mean IoU 50.0 to 20.0 %",
        ),
        (checks((0.8, 0.2, 0.1), 0.9, (0.5, 0.1, 0)), checks((0, 0, 0), 0.1, (0.6, 0.1, 0)), True, "labelled real"),
    ],
    ids=["better", "the same", "real cars lose", "no cars before", "labels decide against", "labels decide for"],
)
def test_the_better_network_is_taken(before, after, adapted, words):
    verdict = decide(before, after)
    assert verdict.adapted == adapted
    assert words in verdict.why


def test_scans_and_steps_fit_into_the_time_but_for_a_least(tmp_path):
    plan = make_plan(600, scan=1.0, rehearsed=2.0, step=0.5)
    assert plan == Plan(scans=120, rehearsed=30, steps=540)
    assert 120 * 1.0 + 30 * 2.0 + 540 * 0.5 <= 0.75 * 600
    least = make_plan(1, scan=1.0, rehearsed=2.0, step=0.5)
    assert least.scans > HELD
    assert saved_plan(tmp_path) is None
    save_plan(tmp_path, plan)
    assert saved_plan(tmp_path) == plan
    (tmp_path / FILE).write_text("[]")
    with pytest.raises(InputError, match="no plan"):
        saved_plan(tmp_path)
