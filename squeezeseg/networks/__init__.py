"""Networks: architectures as data, and the torch modules that are built from them.

Importing this package loads no PyTorch; `squeezeseg.networks.build` does.
"""

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.networks.registry import ARCHITECTURES, architecture

__all__ = ["ARCHITECTURES", "Architecture", "Block", "Level", "Normalisation", "architecture"]
