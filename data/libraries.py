"""Optional libraries: the extra or the system package that a failed import lacks. Imports nothing that could fail."""

from __future__ import annotations

import re

DEBIAN_PACKAGES = {
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libgomp": "libgomp1",
    "libX11": "libx11-6",
    "libusb-1.0": "libusb-1.0-0",
}
"""Debian's package by system library: those that open3d needs."""

EXTRAS = {
    "cryptography": "sign",
    "dpkt": "live",
    "foxglove": "live",
    "fsspec": "cluster",
    "h5py": "train",
    "imageio_ffmpeg": "view",
    "nncf": "export",
    "onnx": "export",
    "onnxscript": "export",
    "open3d": "desktop",
    "pyarrow": "argoverse",
    "ray": "cluster",
    "rosbags": "live",
    "streamlit": "view",
    "tensorboard": "train",
    "torch": "train",
    "velodyne_decoder": "live",
}
"""The extra that brings a package."""

_MISSING = re.compile(r"(lib[\w.+-]+?)\.so[.\d]*: cannot open shared object file")


def explain(error: ImportError | OSError) -> str | None:
    """Explain in a line what an import lacks and how to get it; None where the error is another."""
    if isinstance(error, ModuleNotFoundError) and (extra := EXTRAS.get((error.name or "").partition(".")[0])):
        return f"this needs {error.name}: pip install 'squeezeseg[{extra}]'"
    missing = missing_library(error)
    if missing is None:
        return None
    package = DEBIAN_PACKAGES.get(missing)
    remedy = f"install it with 'apt install {package}'" if package else "install the Debian package that has it"
    return f"the system library {missing} is missing; {remedy}"


def missing_library(error: Exception) -> str | None:
    """The system library that an import lacks, such as 'libGL'; None where the error is another."""
    missing = _MISSING.search(str(error))
    return missing[1] if missing else None
