"""SqueezeNet v1.1's ImageNet weights as a start for SqueezeSeg's encoder, and for SqueezeDet's trunk.

fire2 to fire9 have the same shapes in all (Iandola et al., SqueezeNet, arXiv 1602.07360; version 1.1 as its authors
released it). SqueezeSeg's first convolution sees coordinates and not colours, so it starts afresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from projection import InputError
from squeezeseg.detection.squeezedet import SqueezeDet
from squeezeseg.networks.blocks.fire import Fire
from squeezeseg.networks.build import Network

MAX_SIZE = 1 << 20
"""Numbers in an array; SqueezeNet's largest has half as many."""
Tensors: TypeAlias = Mapping[tuple[str, str], NDArray[np.float32]]
"""By layer and kind of array, see `read_keras`."""
_FIRES = range(2, 10)
_LAYERS = {"squeeze": "squeeze1x1", "expand1": "expand1x1", "expand3": "expand3x3"}


def start_from_imagenet(network: Network, path: Path) -> None:
    """Copy fire2 to fire9, the backbone's fire modules, from a file of Keras weights (HDF5) into `network`, in place.

    Raises:
        InputError: the network has no such fire modules; the file can't be read, or isn't SqueezeNet v1.1; h5py is
            missing.
    """
    fires = [module for module in network.backbone.modules() if isinstance(module, Fire)]
    if len(fires) != len(_FIRES):
        raise InputError(f"{path}: SqueezeNet's weights fit the model squeezeseg, not {network.architecture.name}")
    tensors = read_keras(path)
    for number, fire in zip(_FIRES, fires, strict=True):
        _copy_fire(fire, number, tensors, path)


def start_detector_from_imagenet(network: SqueezeDet, path: Path) -> None:
    """Copy the first convolution and fire2 to fire9 from a file of Keras weights (HDF5) into `network`, in place.

    The file's colours are in Caffe's order, blue first, as SqueezeDet's are.

    Raises:
        InputError: as `start_from_imagenet`.
    """
    if network.variant.name != "squeezedet":
        raise InputError(f"{path}: SqueezeNet v1.1's weights fit the model squeezedet, not {network.variant.name}")
    tensors = read_keras(path)
    first = [key for key, _ in tensors if key.startswith("conv1")]
    _copy(network.trunk[0].get_submodule("conv"), first[0] if first else "conv1", tensors, path)
    fires = [module for module in network.trunk if isinstance(module, Fire)]
    for number, fire in zip(_FIRES, fires, strict=False):  # fire10 and fire11 start afresh
        _copy_fire(fire, number, tensors, path)


def _copy_fire(fire: Fire, number: int, tensors: Tensors, path: Path) -> None:
    for ours, theirs in _LAYERS.items():
        _copy(fire.get_submodule(ours).get_submodule("conv"), f"fire{number}/{theirs}", tensors, path)


def _copy(conv: nn.Module, layer: str, tensors: Tensors, path: Path) -> None:
    """Copy a layer's kernel and bias into a convolution."""
    for parameter, name in (("weight", "kernel"), ("bias", "bias")):
        value = tensors.get((layer, name))
        target = conv.get_parameter(parameter)
        if value is not None and value.ndim == 4:
            value = value.transpose(3, 2, 0, 1)  # Keras has rows, columns, in, out
        if value is None or value.shape != tuple(target.shape) or not np.isfinite(value).all():
            raise InputError(f"{path}: not the Keras weights of SqueezeNet v1.1 ({layer})")
        with torch.no_grad():
            target.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def read_keras(path: Path) -> dict[tuple[str, str], NDArray[np.float32]]:
    """Arrays of a file of Keras weights by layer ('fire2/squeeze1x1') and kind ('kernel' or 'bias').

    Raises:
        InputError: it can't be read, or holds larger arrays than SqueezeNet; h5py is missing.
    """
    try:
        import h5py
    except ImportError:
        raise InputError(f"{path}: h5py is needed to read it; pip install h5py") from None
    tensors: dict[tuple[str, str], NDArray[np.float32]] = {}

    def keep(name: str, item: object) -> None:
        # 'fire2/squeeze1x1/fire2/squeeze1x1_3/kernel:0'
        if isinstance(item, h5py.Dataset):
            if item.size > MAX_SIZE:  # a file of a few bytes may promise any number of them
                raise InputError(
                    f"{path}: not the Keras weights of SqueezeNet v1.1 (an array of {item.size:,} numbers)"
                )
            parts = name.split("/")
            tensors["/".join(parts[:2]), parts[-1].split(":")[0]] = np.asarray(item, np.float32)

    if not path.is_file():
        raise InputError(f"{path}: cannot be read as HDF5 (no such file); give Keras weights of SqueezeNet")
    try:
        with h5py.File(path, "r") as file:
            file.visititems(keep)
    except InputError:
        raise
    except Exception:  # its messages are of HDF5's inside
        reason = "damaged, or another format"
        raise InputError(f"{path}: cannot be read as HDF5 ({reason}); give Keras weights of SqueezeNet") from None
    return tensors
