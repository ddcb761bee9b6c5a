"""Plausibility of scans: do units, axes, mounting, beams, columns, view and intensities fit the sensor?"""

from data.plausibility.intensities import NONE, UNIT, IntensityMemory, IntensityScale, intensity_scale
from data.plausibility.mending import mend
from data.plausibility.misfit import Misfit
from data.plausibility.misfits import misfits
from data.plausibility.street import NARROW
from data.plausibility.watch import Watch

__all__ = [
    "NARROW",
    "NONE",
    "UNIT",
    "IntensityMemory",
    "IntensityScale",
    "Misfit",
    "Watch",
    "intensity_scale",
    "mend",
    "misfits",
]
