"""Work on networks that any number of processes share, on this machine or others with the same folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from data.lock import HeldError, Lock
from squeezeseg.frontier.contestants import Contestant

_BETWEEN = 5.0
"""Seconds between two looks at what others hold."""


def take_turns(
    contestants: Iterable[Contestant], run: Path, done: Callable[[Contestant], bool], do: Callable[[Contestant], None]
) -> list[Contestant]:
    """Do what isn't done yet, each while its folder is locked; give back those that other processes hold now.

    Raises:
        InputError: a folder can't be written.
    """
    held = []
    for one in contestants:
        if done(one):
            continue
        try:
            lock = Lock.of_folder(one.folder(run))
        except HeldError:
            held.append(one)
            continue
        with lock:
            if not done(one):  # by another process, just before
                do(one)
    return held


def wait_for(attempt: Callable[[], list[Contestant]], waiting: Callable[[list[Contestant]], None]) -> None:
    """Make the attempt again and again until other processes hold none of its networks.

    So the work of a process that was killed is taken over by those that wait for it.
    waiting: told which are held, whenever these are others.
    """
    told: list[Contestant] = []
    while held := attempt():
        if held != told:
            waiting(held)
            told = held
        time.sleep(_BETWEEN)


def lock_when_free(folder: Path, waiting: Callable[[], None]) -> Lock:
    """The lock of a folder, as soon as no other process holds it. waiting: told, once, where one does.

    Raises:
        InputError: the folder can't be written.
    """
    told = False
    while True:
        try:
            return Lock.of_folder(folder)
        except HeldError:
            if not told:
                waiting()
                told = True
            time.sleep(_BETWEEN)
