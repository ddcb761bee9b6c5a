"""Sizes and rates as people write them."""

from __future__ import annotations

import math
import re

from projection import InputError

_QUANTITY = re.compile(
    r"(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<prefix>[KMG]i|[kKMG]|)(?P<unit>bit|b|B|)(?P<rate>/s|ps|)"
)
_PREFIXES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def parse_bytes(text: str, option: str) -> int:
    """A size such as 8.5MB, 512KiB or 4096, in bytes. Raises InputError, which names the option."""
    match = _QUANTITY.fullmatch(text.strip())
    if not match or match["rate"] or match["unit"] in ("b", "bit"):
        raise InputError(f"{option} {text}: no size in bytes; write it like 8.5MB, 512KiB or 4096")
    size = float(match["number"]) * _PREFIXES[match["prefix"]]
    return round(_positive(size, text, option))


def parse_rate(text: str, option: str) -> float:
    """A rate such as 1Mbit, 20Mbit/s or 1MB/s, in bits a second. Raises InputError, which names the option."""
    match = _QUANTITY.fullmatch(text.strip())
    if not match or not match["unit"]:
        raise InputError(f"{option} {text}: no rate; write it like 1Mbit, 20Mbit/s or 1MB/s")
    bits = 8 if match["unit"] == "B" else 1
    return _positive(float(match["number"]) * _PREFIXES[match["prefix"]] * bits, text, option)


def _positive(value: float, text: str, option: str) -> float:
    if not 0 < value < math.inf:
        raise InputError(f"{option} {text}: must be more than 0")
    return value


def size(count: float) -> str:
    """'3.63 MB': bytes, with three digits."""
    for prefix, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{three(count / scale)} {prefix}"
    return f"{count:.0f} bytes"


def three(value: float) -> str:
    """A number with three digits: '906', '13.4', '0.58'."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rate_of(bits: float) -> str:
    """'1 Gbit/s': a rate."""
    for prefix, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if bits >= scale:
            return f"{bits / scale:g} {prefix}bit/s"
    return f"{bits:g} bit/s"
