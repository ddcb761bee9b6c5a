from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.real import PUBLISHED_IMAGES

from data.sources import open_source, select
from data.sources.selection import parse_range
from projection.errors import InputError

MakeDrive = Callable[..., Path]


@pytest.mark.parametrize(
    ("frames", "every", "left"),
    [
        (None, 1, [2, 3, 5, 8, 9]),
        ("3:9", 1, [3, 5, 8]),
        (":3", 1, [2]),
        ("5:", 1, [5, 8, 9]),
        (":", 1, [2, 3, 5, 8, 9]),
        ("8", 1, [8]),
        ("0000000008", 1, [8]),
        (None, 2, [2, 5, 9]),
        ("3:", 2, [3, 8]),
    ],
)
def test_frames_go_by_number(make_drive: MakeDrive, frames: str | None, every: int, left: list[int]) -> None:
    source = open_source(make_drive([2, 3, 5, 8, 9]))
    chosen = select(source, frames=frames, every=every)
    assert [frame.number for frame in chosen.frames] == left
    assert len(source) == 5


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("2011_09_26_0009_0000000003\n2011_09_26_0009_0000000005\n2011_09_26_0010_0000000008\n", [3, 5]),
        ("0000000003 \r\n\n0000000005\r\n", [3, 5]),
        ("3\n5\n77\n", [3, 5]),
        ("2011_09_26_0009_0000000003.npy\n0000000005.bin", [3, 5]),
    ],
)
def test_a_list_names_frames(make_drive: MakeDrive, tmp_path: Path, text: str, left: list[int]) -> None:
    (tmp_path / "list.txt").write_text(text)
    chosen = select(open_source(make_drive([2, 3, 5, 8])), split=tmp_path / "list.txt")
    assert [frame.number for frame in chosen.frames] == left


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("3\n5\n", None),
        ("3\n0000000003\n", None),
        ("3\n7\n8\n", "list.txt: 1 of its 3 frames not found in 2011_09_26_drive_0009, such as '7'"),
        ("3\n2011_09_26_0064_0000000003", "1 of its 2 frames"),
    ],
)
def test_a_list_that_names_what_is_not_there_says_so(
    make_drive: MakeDrive, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, warning: str | None
) -> None:
    (tmp_path / "list.txt").write_text(text)
    select(open_source(make_drive([2, 3, 5, 8])), split=tmp_path / "list.txt")
    assert (warning in caplog.text) if warning else (caplog.text == "")


def test_a_list_names_frames_with_blanks(tmp_path: Path) -> None:
    for name in ("left 1", "left 2", "scan 1", "scan 2"):
        (tmp_path / f"{name}.bin").write_bytes(bytes(16))
    (tmp_path / "list.txt").write_text("scan 2\n")
    chosen = select(open_source(tmp_path), split=tmp_path / "list.txt")
    assert [frame.name for frame in chosen.frames] == ["scan 2"]


def test_a_list_picks_from_several_drives(make_drive: MakeDrive, tmp_path: Path) -> None:
    make_drive([1, 2], "2011_09_26_drive_0001_sync")
    make_drive([1, 2], "2011_09_26_drive_0002_sync")
    (tmp_path / "list.txt").write_text("2011_09_26_0001_0000000002\n2011_09_26_0002_0000000001\n")
    chosen = select(open_source(tmp_path), split=tmp_path / "list.txt")
    assert [scan.name for scan in chosen] == ["2011_09_26_0001_0000000002", "2011_09_26_0002_0000000001"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"frames": "3-5"}, "use A:B"),
        ({"frames": ""}, "use A:B"),
        ({"frames": "-1"}, "use A:B"),
        ({"every": 0}, "must be 1 or more"),
        ({"frames": "100:"}, "which has 2 frames, 0000000000 to 0000000001"),
        ({"frames": "1:1"}, "which has 2 frames"),
    ],
)
def test_what_selects_nothing_says_what_there_is(make_drive: MakeDrive, arguments: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        select(open_source(make_drive(range(2))), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"2011_09_26_0064_0000000000", b"", None, b"\xff\xfe\x00"])
def test_a_list_of_other_frames_or_none(make_drive: MakeDrive, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"list\.txt"):
        select(open_source(make_drive()), split=tmp_path / "list.txt")


@pytest.mark.parametrize(("text", "bounds"), [("1:2", (1, 2)), ("7", (7, 8)), ("7:", (7, None)), (":7", (0, 7))])
def test_ranges_are_half_open(text: str, bounds: tuple[int, int | None]) -> None:
    assert parse_range(text) == bounds


def test_the_published_lists_choose_the_real_frames(real: Path) -> None:
    source = open_source(real / "kitti_raw")
    assert len(select(source, split=real / PUBLISHED_IMAGES / "train.txt")) == 27
    with pytest.raises(InputError, match="use another list"):
        select(source, split=real / PUBLISHED_IMAGES / "val.txt")
