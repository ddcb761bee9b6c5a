"""Several paths as one source."""

from __future__ import annotations

import numpy as np
import pytest

from data.sources import open_source
from projection import InputError


def write(folder, *names):
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        np.full((50, 4), 5 + number, np.float32).tofile(folder / name)
    return [folder / name for name in names]


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["000003.bin", "000007.bin"], [3, 7]),
        (["b.bin", "a.bin"], [0, 1]),
        (["10.bin", "9.bin"], [0, 1]),
        (["1.bin", "1.bin", "2.bin"], [1, 2]),
    ],
)
def test_files_of_a_folder_are_its_frames_in_the_order_given(tmp_path, names, numbers):
    source = open_source(write(tmp_path / "scans", *names))
    assert [frame.path.name for frame in source.frames] == list(dict.fromkeys(names))
    assert ([frame.number for frame in source.frames], source.name) == (numbers, "scans")
    assert len({frame.name for frame in source.frames}) == len(source)
    assert len(source.scan(source.frames[1])) == 50


def test_folders_and_files_of_several_folders_are_a_collection(tmp_path):
    write(tmp_path / "one", "0.bin", "1.bin")
    files = write(tmp_path / "two", "0.bin")
    source = open_source([tmp_path / "one", *files])
    assert [frame.name for frame in source.frames] == ["one_0", "one_1", "0_0"]


def test_what_is_not_there_is_named(tmp_path):
    files = write(tmp_path / "one", "0.bin")
    for other, said in ((tmp_path / "one" / "9.bin", "no such file"), (tmp_path / "two", "no such file or folder")):
        with pytest.raises(InputError, match=f"{other.name}: {said}"):
            open_source([*files, other])
    assert len(open_source(files)) == 1


def test_a_list_in_a_file_is_seen_from_its_folder(tmp_path):
    write(tmp_path / "one", "0.bin", "1.bin")
    write(tmp_path / "two", "0.bin")
    listed = tmp_path / "drives.list"
    listed.write_text("# of today\none\n\ntwo/0.bin\n")
    source = open_source(listed)
    assert (source.name, source.path) == ("drives", listed)
    assert [frame.name for frame in source.frames] == ["one_0", "one_1", "0_0"]
    for text, said in (("# none\n", "names no recordings"), ("three\n", "three: no such file or folder")):
        listed.write_text(text)
        with pytest.raises(InputError, match=said):
            open_source(listed)
