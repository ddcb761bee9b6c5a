"""Damaged files of every format are read or refused in a line, in little time and memory."""

from __future__ import annotations

import random
import resource
from pathlib import Path

import pytest
from helpers.tools import needs

for tool in ("rosbags", "dpkt", "h5py", "torch", "velodyne_decoder"):
    needs(tool)

from helpers.damage import FORMATS, damaged

from projection import InputError

INPUTS = 60
MIB = 1 << 10
"""In the unit of `getrusage`."""


def most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_read_or_refused_in_a_line(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = FORMATS[name]
    draw = random.Random(f"damage {name}")
    path = tmp_path / one.name
    one.make(path)
    one_read = path.read_bytes()
    try:
        one.read(path)
    except InputError as error:
        assert name == "Keras weights", error  # too large to be written for each  # noqa: PT017
    before = most_memory()
    for number in range(INPUTS):
        path.write_bytes(damaged(one_read, one_read[::-1], draw))
        try:
            one.read(path)
        except InputError as error:
            assert "\n" not in str(error), number  # noqa: PT017 - both outcomes are right
    assert most_memory() - before < 300 * MIB


WHOLE = (
    ".label", ".npy", ".npy of fields", ".npy of a range image", ".npz", ".ply", ".pcd", ".pcd compressed",
    "tracklets", "MCAP", "weights", "weights of format 1", "container of weights", "checkpoint", "Keras weights",
    "run.json",
)  # fmt: skip
"""Formats that tell where they end. Texts, KITTI's .bin and captures don't: what came until the cut is read of them."""


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_no_cut_file_is_accepted(tmp_path: Path, name: str) -> None:
    one = FORMATS[name]
    path = tmp_path / one.name
    one.make(path)
    content = path.read_bytes()
    draw, end = random.Random(f"cut {name}"), len(content.rstrip(b"\n"))  # the last end of a line says nothing
    for size in sorted({0, 1, end - 1, *(draw.randrange(end) for _ in range(20))}):
        path.write_bytes(content[:size])
        with pytest.raises(InputError):
            one.read(path)
