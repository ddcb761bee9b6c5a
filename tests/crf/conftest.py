"""Inputs of the recurrent CRF."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from crf import CRFSettings


@dataclass
class Inputs:
    settings: CRFSettings
    logits: np.ndarray
    xyz: np.ndarray
    mask: np.ndarray
    angular: np.ndarray = field(repr=False)
    bilateral: np.ndarray = field(repr=False)

    @property
    def arguments(self):
        """In the order of `mean_field`."""
        return self.logits, self.xyz, self.mask, self.settings, self.angular, self.bilateral


def make_inputs(settings, height, width, seed=0, scale=3.0, trained=True, filled=0.8) -> Inputs:
    """Random logits up to +-`scale` over a surface rough enough that pair weights run from 0 to 1."""
    rng = np.random.default_rng(seed)
    C = settings.classes
    mask = rng.random((height, width)) < filled
    xyz = rng.normal(0, 0.01, (3, height, width)).astype(np.float32)
    xyz[:, ~mask] = -1.0
    angular, bilateral = settings.angular_start(), settings.bilateral_start()
    if trained:
        angular = rng.normal(0, 0.1, (C, C)).astype(np.float32)
        bilateral = rng.normal(0, 0.1, (C, C)).astype(np.float32)
    logits = rng.uniform(-scale, scale, (C, height, width)).astype(np.float32)
    return Inputs(settings, logits, xyz, mask, angular, bilateral)


@pytest.fixture(scope="session")
def inputs():
    return make_inputs
