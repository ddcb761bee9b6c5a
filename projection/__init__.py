"""Points to range image and back: numpy and numba only."""

import projection.kernel_cache
import projection.vector_width  # noqa: F401 - both before any module that has a kernel

# isort: split
from projection.backprojection import back_project
from projection.errors import InputError
from projection.presets import PRESETS, preset
from projection.range_image import CHANNELS, RangeImage
from projection.rings import assign_beams, estimate_cut, returns
from projection.sectors import Sectors
from projection.sensors import Sensor, View
from projection.spherical import ProjectionBuffers, project

__all__ = [
    "CHANNELS",
    "PRESETS",
    "InputError",
    "ProjectionBuffers",
    "RangeImage",
    "Sectors",
    "Sensor",
    "View",
    "assign_beams",
    "back_project",
    "estimate_cut",
    "preset",
    "project",
    "returns",
]
