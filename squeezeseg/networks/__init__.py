"""Networks: architectures as data, and the torch modules that are built from them.

Importing this package loads no PyTorch; `squeezeseg.networks.build` does.
"""

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.networks.registry import ARCHITECTURES, AUTO, architecture, described
from squeezeseg.networks.search_record import SearchRecord

__all__ = [
    "ARCHITECTURES",
    "AUTO",
    "Architecture",
    "Block",
    "Level",
    "Normalisation",
    "SearchRecord",
    "architecture",
    "described",
]
