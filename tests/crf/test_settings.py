"""Settings that make no sense are refused in one line; those read back from JSON are the same."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from crf import CRFSettings, potts
from projection.errors import InputError


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"iterations": 0}, "1 to 100 iterations"),
        ({"window": (2, 5)}, "odd"),
        ({"window": (3,)}, "odd"),
        ({"window": (1, 1)}, "neighbour"),
        ({"theta_a": (0.9, 0.9)}, "got 2 and 4"),
        ({"theta_a": (0.9,), "theta_r": (0.01,)}, "two or more classes"),
        ({"theta_r": (0.015, 0.0, 0.01, 0.01)}, "positive"),
        ({"theta_a": (0.9, math.nan, 0.6, 0.6)}, "positive"),
        ({"bilateral_coefficient": math.inf}, "finite"),
    ],
)
def test_refused(changed, complaint):
    with pytest.raises(InputError, match=complaint) as error:
        CRFSettings(**changed)
    assert "\n" not in str(error.value)


def test_json_round_trip():
    settings = CRFSettings(iterations=2, window=(5, 7))
    assert CRFSettings(**json.loads(json.dumps(dataclasses.asdict(settings)))) == settings


def test_half_window_and_its_mirror_are_the_window_without_its_centre():
    half = CRFSettings().half_window
    whole = set(half) | {(-di, -dj) for di, dj in half}
    assert len(half) == 7
    assert whole == {(di, dj) for di in (-1, 0, 1) for dj in (-2, -1, 0, 1, 2)} - {(0, 0)}


def test_classes_of_one_bandwidth_share_it():
    assert CRFSettings().distinct_theta_r == ((0.01, 0.015), (1, 1, 0, 0))


def test_potts():
    np.testing.assert_allclose(potts(3, 0.1), [[0, 0.1, 0.1], [0.1, 0, 0.1], [0.1, 0.1, 0]], rtol=1e-6)
    assert potts(3, 0.1).dtype == np.float32


def test_importing_the_package_does_not_import_torch():
    code = "import sys, crf; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
