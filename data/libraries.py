"""System libraries that packages need and pip does not bring. Imports nothing that could lack one itself."""

from __future__ import annotations

import re

DEBIAN_PACKAGES = {
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libgomp": "libgomp1",
    "libX11": "libx11-6",
    "libusb-1.0": "libusb-1.0-0",
}
"""Debian's package by library, for those that open3d needs."""

_MISSING = re.compile(r"(lib[\w.+-]+?)\.so[.\d]*: cannot open shared object file")


def explain(error: ImportError | OSError) -> str | None:
    """Which library an import lacks and how to get it, in a line; None where the error is another."""
    missing = _MISSING.search(str(error))
    if missing is None:
        return None
    package = DEBIAN_PACKAGES.get(missing[1])
    remedy = f"install it with 'apt install {package}'" if package else "install the Debian package that has it"
    return f"the system library {missing[1]} is missing; {remedy}"
