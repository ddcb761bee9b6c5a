from __future__ import annotations

from pathlib import Path

import numpy as np
import pykitti.utils
import pytest

from data.kitti.oxts import read_poses
from projection.errors import InputError

PACKET = ["49.0", "8.4", "110"] + ["0"] * 22 + ["4", "10", "4", "4", "0"]


def write(path: Path, words: list[str]) -> Path:
    path.write_text(" ".join(words) + "\n")
    return path


def test_poses_are_those_of_pykitti(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    files = []
    for number in range(20):
        moved = [49 + rng.uniform(-0.01, 0.01), 8.4 + rng.uniform(-0.01, 0.01), 110 + rng.uniform(-5, 5)]
        turned = rng.uniform([-0.2, -0.2, -np.pi], [0.2, 0.2, np.pi])
        words = [repr(float(value)) for value in (*moved, *turned)] + PACKET[6:]
        files.append(write(tmp_path / f"{number:010d}.txt", words))
    expected = [packet.T_w_imu for packet in pykitti.utils.load_oxts_packets_and_poses(files)]
    np.testing.assert_allclose(read_poses(files), expected, rtol=1e-12, atol=1e-9)


def test_no_packets_are_no_poses() -> None:
    assert read_poses([]) == []


@pytest.mark.parametrize(
    "words", [PACKET[:29], PACKET * 2, [], ["north", *PACKET[1:]], ["nan", *PACKET[1:]]],
    ids=["short", "two lines", "empty", "a word", "nan"],
)  # fmt: skip
def test_a_broken_packet_is_refused_by_name(tmp_path: Path, words: list[str]) -> None:
    good, bad = write(tmp_path / "0.txt", PACKET), write(tmp_path / "1.txt", words)
    with pytest.raises(InputError, match=r"1\.txt.*OXTS packet"):
        read_poses([good, bad])


def test_a_missing_packet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"0\.txt"):
        read_poses([tmp_path / "0.txt"])
