"""The ring of turns that processes share: what is put is found again, whole or not at all."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from helpers.streets import HEIGHT, flat_street

from projection import InputError
from squeezeseg.training.ring import Ring

MADE_OF = {"seed": 1}


def filled(folder, numbers, slots=4):
    ring = Ring.make(folder, slots, HEIGHT, MADE_OF)
    ring.need(0)
    for number in numbers:
        ring.put(number, *flat_street(1, number, "default")[0])
    return ring


def test_a_new_ring_is_empty(tmp_path):
    assert not Ring.make(tmp_path / "ring", 4, HEIGHT, MADE_OF).holds(range(4)).any()


def test_a_turn_takes_the_place_of_the_one_a_round_before(tmp_path):
    ring = filled(tmp_path / "ring", range(6))
    assert ring.holds(range(7)).tolist() == [False, False, True, True, True, True, False]


@pytest.mark.parametrize(("needed", "number", "free"), [(0, 3, True), (0, 4, False), (1, 4, True), (1, 5, False)])
def test_what_is_needed_is_not_overwritten(tmp_path, needed, number, free):
    ring = filled(tmp_path / "ring", ())
    ring.need(needed)
    assert ring.free(number) == free


def test_turns_are_found_where_they_lie(tmp_path):
    store = filled(tmp_path / "ring", range(6)).store(range(3, 6), "mine")
    assert (len(store), store.fingerprint, store.around.all()) == (3, "mine", True)
    for place, number in enumerate(range(3, 6)):
        channels, labels = store.turn(place)
        expected = flat_street(1, number, "default")[0]
        np.testing.assert_array_equal(channels, expected[0])
        np.testing.assert_array_equal(labels, expected[1])


def test_people_are_counted(tmp_path):
    ring = filled(tmp_path / "ring", ())
    channels, labels = flat_street(1, 0, "default")[0]
    labels[:5, 64:128] = 2
    ring.put(0, channels, labels)
    assert ring.store(range(1), "").people[0].nonzero()[0].tolist() == [1]


def test_another_process_sees_what_is_put(tmp_path):
    ring = filled(tmp_path / "ring", ())
    other = Ring(tmp_path / "ring", 4, HEIGHT)
    other.put(2, *flat_street(1, 2, "default")[0])
    assert ring.holds([2]).all()


@pytest.mark.parametrize(("made_of", "kept"), [(MADE_OF, True), ({"seed": 2}, False)])
def test_a_ring_of_the_same_is_used_again(tmp_path, made_of, kept):
    filled(tmp_path / "ring", range(3))
    assert Ring.make(tmp_path / "ring", 4, HEIGHT, made_of).holds(range(3)).all() == kept


def test_a_damaged_turn_is_left_out(tmp_path):
    filled(tmp_path / "ring", range(3))
    with (tmp_path / "ring" / "labels.bin").open("r+b") as file:
        file.seek(HEIGHT * 2048 + 5)
        file.write(b"\x03")
    assert Ring.make(tmp_path / "ring", 4, HEIGHT, MADE_OF).holds(range(3)).tolist() == [True, False, True]


def test_a_folder_without_room_is_named(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(InputError, match=r"ring: cannot be written \(No space left on device\)"):
        Ring.make(tmp_path / "ring", 4, HEIGHT, MADE_OF)
