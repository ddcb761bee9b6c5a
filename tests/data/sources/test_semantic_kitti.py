from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.labels import CLASS_MAPS, IGNORE
from data.sources import open_source
from data.sources.semantic_kitti import SemanticKitti
from projection.errors import InputError

MakeSequence = Callable[..., Path]
DEFAULT = CLASS_MAPS["default"]


def test_the_low_bits_are_the_class(make_sequence: MakeSequence) -> None:
    ids = [10, 30, 31, 40, 0, 11, 259, (77 << 16) | 10]
    path = make_sequence([0], labels=ids * 8)
    source = open_source(path)
    truth = source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)
    assert truth is not None
    assert truth.tolist() == [1, 2, 3, 0, IGNORE, IGNORE, 1, 1] * 8
    assert source.labels_around


def test_what_is_no_return_is_ignored(make_sequence: MakeSequence) -> None:
    path = make_sequence([0], labels=[10, 10])
    np.array([[0, 0, 0, 0], [1, 1, 1, 1]], np.float32).tofile(path / "velodyne" / "000000.bin")
    source = open_source(path)
    truth = source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)
    assert truth is not None
    assert truth.tolist() == [IGNORE, 1]


def test_odometry_has_no_labels(make_sequence: MakeSequence) -> None:
    source = open_source(make_sequence())
    assert isinstance(source, SemanticKitti)
    assert not source.labelled
    assert source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT) is None


def test_times_go_by_number(make_sequence: MakeSequence) -> None:
    path = make_sequence([0, 2])
    (path / "times.txt").write_text("0.0\nsoon\n2.5e-01\n")
    assert [scan.stamp for scan in open_source(path)] == [0.0, 0.25]


@pytest.mark.parametrize("count", [0, 63, 65])
def test_labels_of_another_length_are_named(make_sequence: MakeSequence, count: int) -> None:
    source = open_source(make_sequence([0], labels=[10] * count))
    with pytest.raises(InputError, match=r"000000\.label.*64 points"):
        source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)


def test_a_root_is_one_sequence_or_a_collection(make_sequence: MakeSequence, tmp_path: Path) -> None:
    make_sequence([4], "00")
    assert open_source(tmp_path / "semantic").name == "sequence_00"
    make_sequence([4, 5], "08", labels=[10] * 64)
    for path in (tmp_path / "semantic", tmp_path / "semantic" / "sequences"):
        source = open_source(path)
        assert [scan.name for scan in source] == ["00_000004", "08_000004", "08_000005"]
        assert source.labels_around


def test_the_real_labels_show_cars(real: Path) -> None:
    source = open_source(real / "semantic_kitti")
    for frame in source.frames:
        truth = source.truth(frame, source.scan(frame), DEFAULT)
        assert truth is not None
        assert 0.02 < np.mean(truth == 1) < 0.2
