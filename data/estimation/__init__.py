"""Estimation of a sensor by its scans: beams, turn, mount, blind parts, intensities. No label is needed."""

from data.estimation.beam_numbers import UNKNOWN
from data.estimation.estimate import SensorEstimate, estimate_sensor

__all__ = ["UNKNOWN", "SensorEstimate", "estimate_sensor"]
