"""The range coder's decoder in plain Python, decision by decision."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

import numpy as np

DENSITIES = [2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 95, 98]
"""Per cent, between levels."""


class Decisions:
    """Decisions of a stream of bytes, each with the probability of its context."""

    def __init__(self, data):
        self.data = iter(data)
        self.value = int.from_bytes(bytes(next(self.data, 0) for _ in range(4)), "big")
        self.range = 2**32 - 1
        self.seen = defaultdict(lambda: (2**15, 0))  # of "no", in 1 / 65536, and how often it was asked

    def take(self, *context):
        no, count = self.seen[context]
        bound = self.range // 2**16 * no
        yes = self.value >= bound
        self.value, self.range = (self.value - bound, self.range - bound) if yes else (self.value, bound)
        moved = no + ((0 if yes else 2**16) - no) * (2**17 // (2 * count + 3)) // 2**16
        self.seen[context] = min(max(moved, 64), 2**16 - 64), min(count + 1, 511)
        while self.range < 2**24:
            self.range *= 2**8
            self.value = self.value * 2**8 + next(self.data, 0)
        return yes


def decode(data, shape):
    """Codes (out, in, ...) of the bytes."""
    longest, decisions = data[0], Decisions(data[1:])
    codes = np.zeros((shape[0], shape[1], int(np.prod(shape[2:]))), int)
    for place in np.ndindex(codes.shape) if longest else ():
        codes[place] = _code(decisions, codes, longest, *place)
    return codes.reshape(shape)


def _code(decisions, codes, longest, out, channel, tap):
    before = codes[out].ravel()[: channel * codes.shape[2] + tap]
    left = before[-1] if before.size else 0
    up = codes[out - 1, channel, tap] if out else 0
    last = codes[out, channel - 1, tap] if channel else 0
    earlier = np.count_nonzero(codes)
    coded = out * codes[0].size + before.size
    mean = earlier * 4096 // (coded + 1)
    row = (np.count_nonzero(before) * 4096 + 4 * mean) // (before.size + 4)
    column = (np.count_nonzero(codes[:, channel]) * 4096 + 4 * mean) // (out * codes.shape[2] + tap + 4)
    percent = min(int(row + column) // 64, 128) / 1.28
    level = sum(percent > edge for edge in DENSITIES)
    size = abs(left) + abs(up) + abs(last)
    if not decisions.take("zero", level, sum(map(bool, (left, up, last)))):
        return 0
    sign = -1 if decisions.take("sign", np.sign(left)) else 1
    bits, near = 1, bisect_right([1, 5, 17], size)
    while bits < longest and decisions.take("length", near, bits):
        bits += 1
    magnitude = 1
    for _ in range(bits - 1):
        magnitude = 2 * magnitude + decisions.take("bit", bits, magnitude)
    return sign * magnitude
