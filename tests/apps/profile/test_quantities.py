"""Sizes and rates as people write them."""

from __future__ import annotations

import pytest

from apps.profile.quantities import parse_bytes, parse_rate, size, three
from projection import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.5MB", 8_500_000),
        ("8.5 MB", 8_500_000),
        ("512KiB", 512 << 10),
        ("1MiB", 1 << 20),
        ("2GB", 2 * 10**9),
        ("16kB", 16_000),
        ("16K", 16_000),
        ("4096", 4096),
        (".5MB", 500_000),
        (" 1B ", 1),
    ],
)
def test_sizes(text, expected):
    assert parse_bytes(text, "--on-chip") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1Mbit", 1e6),
        ("20Mbit/s", 2e7),
        ("20Mb/s", 2e7),
        ("9600bit", 9600),
        ("1MB/s", 8e6),
        ("1.5Gbps", 1.5e9),
        ("128 kbit/s", 128_000),
        ("1KiB/s", 8192),
    ],
)
def test_rates(text, expected):
    assert parse_rate(text, "--link") == expected


@pytest.mark.parametrize(
    "text", ["", "MB", "8.5MX", "8,5MB", "1Mbit", "1MB/s", "-1MB", "nan", "1e3", "8.5 M B", "1.2.3"]
)
def test_what_is_no_size(text):
    with pytest.raises(InputError, match=r"--on-chip .*: no size in bytes; write it like 8.5MB, 512KiB or 4096"):
        parse_bytes(text, "--on-chip")


@pytest.mark.parametrize("text", ["", "1M", "20", "Mbit", "1Mbit/h", "-1Mbit"])
def test_what_is_no_rate(text):
    with pytest.raises(InputError, match=r"--link .*: no rate; write it like 1Mbit, 20Mbit/s or 1MB/s"):
        parse_rate(text, "--link")


def test_nothing_is_neither():
    with pytest.raises(InputError, match="--on-chip 0MB: must be more than 0"):
        parse_bytes("0MB", "--on-chip")
    with pytest.raises(InputError, match="--link 0Mbit: must be more than 0"):
        parse_rate("0Mbit", "--link")


@pytest.mark.parametrize(
    ("count", "text"), [(12, "12 bytes"), (3_625_232, "3.63 MB"), (13_400, "13.4 kB"), (2e9, "2.00 GB")]
)
def test_sizes_are_told(count, text):
    assert size(count) == text


def test_three_digits():
    assert [three(value) for value in (0.584, 13.36, 906.4, 1234.5)] == ["0.58", "13.4", "906", "1,234"]
