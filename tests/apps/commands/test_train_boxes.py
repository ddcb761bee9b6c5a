"""squeezeseg train --boxes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from squeezeseg.weights import load_weights


@pytest.mark.slow
def test_weights_get_a_head_for_boxes_and_label_as_before(drive, tmp_path, cli):
    given = (
        "train",
        drive,
        "--boxes",
        "--init",
        "fast",
        "--steps",
        20,
        "--batch",
        64,
        "--out",
        tmp_path / "run",
        "--json",
    )
    outcome = cli(*given)
    assert outcome.status == 0, outcome.err
    result = json.loads(outcome.out)
    made, before = load_weights(result["weights"]), load_weights("fast")
    assert result["patches"] > 0
    assert made.card.architecture.boxes > 0
    assert made.card.scores == before.card.scores
    for name, value in before.tensors.items():
        assert np.array_equal(made.tensors[name], value), name
    # Started again, nothing is gathered again, and the same comes of it.
    again = json.loads(cli(*given).out)
    assert load_weights(again["weights"]).checksum() == made.checksum()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "on which network"),
        (("--init", "squeezeseg"), "give weights of fast"),
        (("--init", "fast", "--focal", 2), "--focal: not with --boxes"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(drive, tmp_path, cli, options, reason):
    outcome = cli("train", drive, "--boxes", "--out", tmp_path / "run", *options)
    assert outcome.status == 2
    assert reason in outcome.err
