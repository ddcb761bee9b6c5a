"""Pickled tables: read without pandas, and without running what is in them."""

from __future__ import annotations

import gzip
import os
import pickle
import subprocess

import numpy as np
import pytest
from helpers.pandaset import cuboids, lidar, pickled, text
from helpers.tools import needs
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sources.pandaset.frames import parse_frame, read_frame
from projection.errors import InputError

COLUMNS = {
    **lidar([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [0, 1, 0]),
    "flag": np.array([True, False, True]),
    "small": np.array([1, 2, 3], np.int8),
    "label": text("Car", "", "Tram / Subway"),
}


def same(found, columns):
    assert list(found) == list(columns)
    for name, column in columns.items():
        np.testing.assert_array_equal(found[name], column)
        assert found[name].dtype == column.dtype


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("old", [True, False], ids=["pandas 1.0", "pandas 2"])
def test_columns_come_back(old, protocol):
    same(parse_frame(pickled(COLUMNS, old=old, protocol=protocol)), COLUMNS)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_what_pandas_writes_is_read(protocol):
    pandas = needs("pandas")
    table = pandas.DataFrame({name: pandas.Series(column, dtype=column.dtype) for name, column in COLUMNS.items()})
    table.columns = pandas.Index(table.columns, dtype=object)
    same(parse_frame(pickle.dumps(table, protocol)), COLUMNS)


@pytest.mark.parametrize("packed", [True, False])
def test_packed_or_not(tmp_path, packed):
    file = tmp_path / ("00.pkl.gz" if packed else "00.pkl")
    data = pickled(cuboids(0.0))
    file.write_bytes(gzip.compress(data) if packed else data)
    same(read_frame(file), cuboids(0.0))


class Runs:
    """Pickled, it runs a program when it is unpickled in the usual way."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ((os.system, ("touch ran",)), "system"),
        ((subprocess.check_output, (["touch", "ran"],)), "check_output"),
        ((eval, ("open('ran', 'w')",)), "eval"),
        ((getattr, ("", "join")), "getattr"),
        ((np.load, ("x.npy",)), "load"),
        ((np.frombuffer, (b"12345678",)), "frombuffer"),
    ],
    ids=["os.system", "subprocess", "eval", "getattr", "numpy.load", "numpy.frombuffer"],
)
@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
def test_what_would_run_something_is_refused(tmp_path, monkeypatch, call, name, protocol):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "00.pkl"
    file.write_bytes(pickle.dumps({"a": Runs(*call)}, protocol))
    with pytest.raises(InputError) as raised:
        read_frame(file)
    assert f"{name}, which no table needs; nothing of it was run" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "pickle exhausted"),
        (b"hello", "damaged"),
        (pickle.dumps(COLUMNS["label"].tolist()), "it holds no DataFrame"),
        (pickle.dumps({1.5: 2}), "keys are no names"),
        (pickle.dumps({1, 2}), "opcode EMPTY_SET"),
        (pickle.dumps(1 << 5000), "thousands of digits"),
        (b"\x80\x04Pnumber\n.", "opcode PERSID"),
        (b"\x80\x02\x82\x01.", "opcode EXT1"),
        (b"\x80\x02h\x05.", "damaged (KeyError)"),
        (b"\x80\x02R.", "nothing on the stack"),
        (b"\x80\x02K\x01K\x02R.", "a call of what is no name"),
        (b"\x80\x02(.", "nothing on the stack"),
        (b"\x80\x04\x8c\x05numpy\x8c\x05dtype\x93)\x81.", "it holds no DataFrame"),
    ],
)
def test_what_is_no_table_is_told_in_a_line(tmp_path, data, reason):
    file = tmp_path / "00.pkl"
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"no pickled table of pandas") as raised:
        read_frame(file)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"(K\x01K\x02K\x03", b"(K\x01K\x02K\x09"),  # more points than there are bytes
        (b"\x8c\x02f8", b"\x8c\x02O8"),
        (b"\x8c\x01<", b"\x8c\x01?"),
        (b"\x8c\x05dtype", b"\x8c\x05slice"),
        (b"_unpickle_block", b"_unpickle_blocx"),
    ],
)
def test_arrays_that_contradict_themselves_are_refused(old, new):
    data = pickled({"x": np.arange(3.0), "y": np.arange(3.0)})
    assert old in data
    with pytest.raises(ValueError, match=r"."):
        parse_frame(data.replace(old, new, 1))


GOOD = [pickled(COLUMNS, old=old, protocol=protocol) for old in (True, False) for protocol in (2, 4)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_damage_is_a_value_error_or_another_table(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        if draw.draw(st.booleans()):
            damaged[at] = draw.draw(st.integers(0, 255))
        else:
            del damaged[at : at + draw.draw(st.integers(1, 9))]
    try:
        columns = parse_frame(bytes(damaged))
    except ValueError:
        pass
    else:
        assert all(isinstance(column, np.ndarray) and column.ndim == 1 for column in columns.values())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_noise_is_a_value_error(noise):
    with pytest.raises(ValueError, match=r"."):
        parse_frame(b"\x80\x04" + noise)


def test_a_bomb_of_gzip_is_not_unpacked_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("data.sources.pandaset.frames.MAX_BYTES", 1000)
    file = tmp_path / "00.pkl.gz"
    file.write_bytes(gzip.compress(bytes(100_000)))
    with pytest.raises(InputError, match="over 0 MiB"):
        read_frame(file)
