"""Work that processes share."""

from __future__ import annotations

import pytest

from data.lock import Lock
from squeezeseg.frontier import sharing
from squeezeseg.frontier.contestants import Contestant
from squeezeseg.frontier.sharing import lock_when_free, take_turns, wait_for

A, B = Contestant("a"), Contestant("b")


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The waits, which take no time."""
    seen = []
    monkeypatch.setattr(sharing.time, "sleep", seen.append)
    return seen


def test_what_is_done_meanwhile_is_not_done_again(tmp_path):
    done, looked = [], []

    def is_done(one):
        looked.append(one)
        return one in done or len(looked) > 1  # by another process, between the look and the lock

    assert take_turns([A], tmp_path, is_done, done.append) == []
    assert (done, looked) == ([], [A, A])


def test_a_folder_is_locked_while_its_network_is_worked_on(tmp_path):
    seen = []
    take_turns([A], tmp_path, lambda _: False, lambda one: seen.append((one.folder(tmp_path) / ".lock").exists()))
    assert seen == [True]


def test_others_are_waited_for_and_named_once(pauses):
    held, told = [[A, B], [A, B], [B], []], []
    wait_for(lambda: held.pop(0), told.append)
    assert told == [[A, B], [B]]
    assert len(pauses) == 3


def test_a_folder_is_locked_when_it_is_free(tmp_path, monkeypatch):
    told, other = [], Lock.of_folder(tmp_path)
    pauses = iter([None, None, other.release])
    monkeypatch.setattr(sharing.time, "sleep", lambda _: (next(pauses) or (lambda: None))())
    with lock_when_free(tmp_path, lambda: told.append("waiting")):
        pass
    assert told == ["waiting"]
