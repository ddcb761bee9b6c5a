"""The recurrent conditional random field that cleans up a network's labels.

The trainable module is `crf.recurrent.RecurrentCRF`: it imports torch, and this package does not.
"""

import projection.vector_width  # noqa: F401 - before any module that has a kernel

# isort: split
from crf.coordinates import Coordinates
from crf.labeller import CRFLabeller
from crf.meanfield import mean_field
from crf.settings import CRFSettings, potts
from crf.workspace import CRFWorkspace

__all__ = ["CRFLabeller", "CRFSettings", "CRFWorkspace", "Coordinates", "mean_field", "potts"]
