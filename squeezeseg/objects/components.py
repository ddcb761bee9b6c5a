"""Connected components of a range image: the kernel of `grouping`.

Pixels are looked at 64 at a time, as `bits`: branches are taken for runs, and for pixels that lack a neighbour.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from squeezeseg.objects.bits import ALL, ONE, WORD, count, from_left, from_right, lowest, pack
from squeezeseg.objects.links import ABOVE, LEFT, is_near, link, near_ones


@njit(cache=True, nogil=True)
def tell_apart(kind: NDArray[np.uint8], kinds: NDArray[np.uint64]) -> None:
    """Fill `kinds` (P, H, K) with the bits of the kinds (H, W) of pixels: bit p of them is in plane p."""
    width = kind.shape[1]
    row = np.zeros(kinds.shape[2] * WORD, np.uint8)
    for plane in range(len(kinds)):
        for r in range(len(kind)):
            for c in range(width):
                row[c] = kind[r, c] >> np.uint8(plane) & np.uint8(1)
            pack(row, kinds[plane, r])


@njit(cache=True, nogil=True)
def join(
    channels: NDArray[np.float32],
    kinds: NDArray[np.uint64],
    unlinked: bool,
    links: NDArray[np.uint64],
    settled: NDArray[np.uint64],
    known: NDArray[np.int32],
    column_step: float,
    row_steps: NDArray[np.float32],
    near: float,
    spread: float,
    told: int,
    pixels: int,
    wrap: bool,
    members: NDArray[np.uint64],
    joined: NDArray[np.uint64],
    firsts: NDArray[np.uint64],
    ranks: NDArray[np.int32],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    groups: NDArray[np.int32],
) -> tuple[int, int]:
    """Fill `members` to `groups`; return how many runs and groups there are.

    Union-find over runs. `groups` holds their trees until all are joined; a root is the first run of its tree.

    members, joined, firsts: (H, K) words: pixels of a kind, those in one run with the pixel to their left, and the
        first ones of runs. ranks: (H, K), runs before each word.
    """
    height, width = channels.shape[1:]
    size = members.shape[1]
    flat = channels.reshape(5, -1)
    base, factor, across = np.float32(near), np.float32(spread), np.float32(column_step)
    roots = np.full(len(known), -1, np.int32)  # the first run of each known group
    close = np.zeros(WORD, np.uint8)
    runs = settled_runs = 0
    bytes_of_row = np.zeros(WORD * size, np.uint8)
    for r in range(height):
        row = r * width
        if unlinked:  # here, where what it reads is read again soon
            above_slope = factor * row_steps[r, max(r - 1, 0)]
            link(channels, r, base, factor * across, above_slope, bytes_of_row, links)
        if not _find_members(kinds, links[LEFT], r, members, joined, firsts):
            ranks[r] = runs
            continue
        before = runs
        runs, settled_runs = _find_runs(
            members[r], joined[r], firsts[r], settled[r], known, row, before, settled_runs, roots,
            ranks[r], starts, stops, groups,
        )  # fmt: skip
        above = np.uint64(0)
        for k in range(size):
            member, last_above = members[r, k], above
            above = np.uint64(0)
            if member == 0:
                continue
            first, free = row + WORD * k, member & ~settled[r, k]
            if r > 0:
                above = links[ABOVE, r, k] & member & ~_differ(kinds, r, k, 1)
                # Of neighbours that are joined on both sides, the first speaks for the others.
                again = joined[r, k] & joined[r - 1, k] & (above << ONE | last_above >> np.uint64(WORD - 1))
                _join_all(above & free & ~again, firsts, ranks, r, k, r - 1, 0, groups)
            if free == 0:
                continue
            alone = free & ~above
            for step in range(told + 1, min(pixels, r) + 1):
                asked = alone & ~_differ(kinds, r, k, step)
                if asked:
                    found = near_ones(flat, asked, first, step * width, base, factor * row_steps[r, r - step], close)
                    alone &= ~found
                    again = joined[r, k] & joined[r - step, k] & (found << ONE)
                    _join_all(found & ~again, firsts, ranks, r, k, r - step, 0, groups)
            if alone and r > 0:
                # Both diagonals, where nothing right above is near.
                slope = factor * (row_steps[r, r - 1] + across)
                asked = alone & ~_differ_left(kinds, r, r - 1, k, 1)
                if asked:
                    found = near_ones(flat, asked, first, width + 1, base, slope, close)
                    _join_all(found, firsts, ranks, r, k, r - 1, -1, groups)
                asked = alone & ~_differ_right(kinds, r, k)
                if asked:
                    found = near_ones(flat, asked, first, width - 1, base, slope, close)
                    _join_all(found, firsts, ranks, r, k, r - 1, 1, groups)
                if wrap and k == 0 and alone & ONE:
                    _try(kinds, flat, r, 0, r - 1, width - 1, width, base, slope, firsts, ranks, groups)
                if wrap and k == size - 1 and alone >> np.uint64(width - 1 - WORD * k) & ONE:
                    _try(kinds, flat, r, width - 1, r - 1, 0, width, base, slope, firsts, ranks, groups)
            alone = firsts[r, k] & free
            for step in range(told + 1, pixels + 1):
                asked = alone & ~_differ_left(kinds, r, r, k, step)
                if asked:
                    found = near_ones(flat, asked, first, step, base, factor * (across * np.float32(step)), close)
                    alone &= ~found
                    _join_all(found, firsts, ranks, r, k, r, -step, groups)
            if wrap and k == 0:
                for c in range(pixels):
                    for step in range(max(told, c) + 1 if c > 0 else 1, pixels + 1):
                        if alone >> np.uint64(c) & ONE == 0:
                            break
                        slope = factor * (across * np.float32(step))
                        there = width + c - step
                        if _try(kinds, flat, r, c, r, there, width, base, slope, firsts, ranks, groups):
                            break
    return runs, _number(groups[:runs])


@njit(nogil=True)
def _find_members(kinds, left, r, members, joined, firsts):  # type: ignore[no-untyped-def]
    """Fill row r of `members`, `joined` and `firsts`; False if nothing in it is of a kind."""
    any_member = np.uint64(0)
    for k in range(members.shape[1]):
        member = np.uint64(0)
        for plane in range(len(kinds)):
            member |= kinds[plane, r, k]
        members[r, k] = member
        any_member |= member
        joined[r, k] = left[r, k] & member & ~_differ_left(kinds, r, r, k, 1) if member else np.uint64(0)
        firsts[r, k] = member & ~joined[r, k]
    return any_member != 0


@njit(nogil=True)
def _find_runs(  # type: ignore[no-untyped-def]
    members, joined, firsts, settled, known, row, runs, settled_runs, roots, ranks, starts, stops, groups
):  # fmt: skip
    """The runs of a row, each the root of its tree, but for those of known groups."""
    stopped = runs
    for k in range(members.size):
        ranks[k] = runs
        if members[k] == 0:
            continue
        todo, first = firsts[k], row + WORD * k
        while todo:
            b = lowest(todo)
            todo &= todo - ONE
            starts[runs], groups[runs] = first + b, runs
            if settled[k] >> np.uint64(b) & ONE:
                g = known[settled_runs]
                settled_runs += 1
                if roots[g] < 0:
                    roots[g] = runs
                groups[runs] = roots[g]
            runs += 1
        todo = members[k] & ~from_right(joined, k)
        while todo:
            b = lowest(todo)
            todo &= todo - ONE
            stops[stopped] = first + b + 1
            stopped += 1
    return runs, settled_runs


@njit(nogil=True)
def _differ(kinds, r, k, step):  # type: ignore[no-untyped-def]
    """Pixels of another kind than the one `step` rows above them."""
    bits = np.uint64(0)
    for plane in range(len(kinds)):
        bits |= kinds[plane, r, k] ^ kinds[plane, r - step, k]
    return bits


@njit(nogil=True)
def _differ_left(kinds, r, other, k, step):  # type: ignore[no-untyped-def]
    """Pixels of row r of another kind than the one of another row, `step` columns to the left."""
    bits = np.uint64(0)
    for plane in range(len(kinds)):
        bits |= kinds[plane, r, k] ^ from_left(kinds[plane, other], k, step)
    return bits


@njit(nogil=True)
def _differ_right(kinds, r, k):  # type: ignore[no-untyped-def]
    """Pixels of another kind than the one above them to the right."""
    bits = np.uint64(0)
    for plane in range(len(kinds)):
        bits |= kinds[plane, r, k] ^ from_right(kinds[plane, r - 1], k)
    return bits


@njit(nogil=True)
def _run(firsts, ranks, r, c):  # type: ignore[no-untyped-def]
    """The run of a member."""
    k, b = c >> 6, c & 63
    return ranks[r, k] + count(firsts[r, k] & (ALL >> np.uint64(WORD - 1 - b))) - 1


@njit(nogil=True)
def _join_all(found, firsts, ranks, r, k, row, right, groups):  # type: ignore[no-untyped-def]
    """Join the pixels of word k of row r that are found with those in another row, so many columns to the right."""
    while found:
        c = WORD * k + lowest(found)
        found &= found - ONE
        _join(groups, _run(firsts, ranks, r, c), _run(firsts, ranks, row, c + right))


@njit(nogil=True)
def _try(kinds, flat, r, c, row, column, width, base, slope, firsts, ranks, groups):  # type: ignore[no-untyped-def]
    """Join two pixels if they are of one kind and near each other; True if so."""
    for plane in range(len(kinds)):
        here = kinds[plane, r, c // WORD] >> np.uint64(c % WORD)
        there = kinds[plane, row, column // WORD] >> np.uint64(column % WORD)
        if (here ^ there) & ONE:
            return False
    if not is_near(flat, r * width + c, row * width + column, base, slope):
        return False
    _join(groups, _run(firsts, ranks, r, c), _run(firsts, ranks, row, column))
    return True


@njit(nogil=True)
def _join(parent: NDArray[np.int32], i: int, j: int) -> None:
    """Make two trees one; a root is the first of its tree."""
    if parent[i] == parent[j]:
        return
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    while parent[j] != j:
        parent[j] = parent[parent[j]]
        j = parent[j]
    if i < j:
        parent[j] = i
    else:
        parent[i] = j


@njit(nogil=True)
def _number(parent: NDArray[np.int32]) -> int:
    """Trees to numbers from 1. A root comes before the others of its tree."""
    last = 0
    for run in range(parent.size):
        if parent[run] == run:
            last += 1
            parent[run] = -last  # negative, to tell it from a parent
        else:
            parent[run] = parent[parent[run]]
    for run in range(parent.size):
        parent[run] = -parent[run]
    return last
