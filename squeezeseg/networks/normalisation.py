"""Normalisation: range images in metres to what a network was trained on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from squeezeseg.networks.encoding import Encoding, cylindrical

Z, RANGE = 2, 4
"""Channels of a range image."""


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the channels x, y, z, intensity, range. SqueezeSeg's by default.

    encoding: what the network sees. Of the cylindrical one mean and deviation scale the CRF's coordinates alone.
    """

    mean: tuple[float, ...] = (10.88, 0.23, -1.04, 0.21, 12.12)
    std: tuple[float, ...] = (11.47, 6.91, 0.86, 0.16, 12.32)
    encoding: Encoding = "cartesian"

    def __post_init__(self) -> None:
        numbers = np.array([*self.mean, *self.std], np.float64)
        if len(self.mean) != 5 or len(self.std) != 5 or not np.isfinite(numbers).all() or min(self.std) <= 0:
            raise ValueError(f"expected five means and five positive deviations, got {self.mean}, {self.std}")
        if np.abs(numbers).max() > 1e6 or min(self.std) < 1e-6:
            raise ValueError(f"means and deviations of metres are within a million, got {self.mean}, {self.std}")
        if self.encoding == "cylindrical" and self.std[0] != self.std[1]:
            raise ValueError(f"without azimuth, x and y have one deviation, got {self.std}")

    @classmethod
    def of(cls, encoding: Encoding) -> Normalisation:
        """The usual one of an encoding."""
        if encoding == "cartesian":
            return cls()
        # SqueezeSeg's, but for x and y, which a turned scan swaps: the root of the product of theirs.
        return cls((0.0, 0.0, -1.04, 0.21, 12.12), (8.9, 8.9, 0.86, 0.16, 12.32), encoding)

    @property
    def empty_range(self) -> float:
        """The normalised range just above that of an empty pixel and below that of any return."""
        return (1e-3 - self.mean[RANGE]) / self.std[RANGE]

    def __call__(self, channels: NDArray[np.float32], raised: float = 0.0) -> NDArray[np.float32]:
        """Channels (..., 5, H, W) in metres -> the network's input (..., C, H, W), C by the encoding.

        An empty pixel (range 0) becomes -mean / std, as in the official code: the network can tell it from any
        return. In the cylindrical encoding it becomes 0. raised: metres that the sensor sits higher than the one of the
        training scans; the z of returns is moved so that the ground lies where training had it.
        """
        return cylindrical(channels, raised) if self.encoding == "cylindrical" else self.scaled(channels, raised)

    def scaled(self, channels: NDArray[np.float32], raised: float = 0.0) -> NDArray[np.float32]:
        """Channels (..., 5, H, W) in metres -> the same, less the mean and by the deviation, whatever the encoding.

        The first three are the CRF's coordinates.
        """
        mean, scale, shift = self.factors(raised)
        normalised = np.asarray((channels - mean.reshape(5, 1, 1)) * scale.reshape(5, 1, 1), np.float32)
        if shift != 0:
            normalised[..., Z, :, :] += shift * (channels[..., RANGE, :, :] > 0)
        return normalised

    def as_dict(self) -> dict[str, Any]:
        """For JSON; without the encoding where it is the one that old cards have, which don't name it."""
        fields = asdict(self)
        if self.encoding == "cartesian":
            del fields["encoding"]
        return fields

    def factors(self, raised: float = 0.0) -> tuple[NDArray[np.float32], NDArray[np.float32], np.float32]:
        """The numbers of a call, for kernels: subtract (5,), multiply by (5,), and add to the z of returns."""
        scale = (1.0 / np.asarray(self.std)).astype(np.float32)
        return np.asarray(self.mean, np.float32), scale, np.float32(raised / self.std[Z])
