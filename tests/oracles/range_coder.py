"""The range coder's decoder in plain Python, decision by decision."""

from __future__ import annotations

from collections import defaultdict

import numpy as np


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
        self.go_on()
        return yes

    def take_plain(self, bits):
        number = 0
        for _ in range(bits):
            self.range //= 2
            bit = self.value >= self.range
            self.value -= self.range * bit
            number = 2 * number + bit
        self.go_on()
        return number

    def go_on(self):
        while self.range < 2**24:
            self.range *= 2**8
            self.value = self.value * 2**8 + next(self.data, 0)


def log(number):
    """64 log2, rounded down, of the number's first ten binary digits."""
    cut = max(number.bit_length() - 10, 0)
    return ((number >> cut) ** 64).bit_length() - 1 + 64 * cut


def decode(data, shape):
    """Codes (out, in, ...) of the bytes."""
    longest, decisions = data[0], Decisions(data[1:])
    width = shape[-1] if len(shape) > 2 else 1
    codes = np.zeros((shape[0], shape[1], int(np.prod(shape[2:])) // width, width), int)
    for place in np.ndindex(codes.shape) if longest else ():
        codes[place] = _code(decisions, codes, longest, *place)
    return codes.reshape(shape)


def _expected(codes, out, channel, place):
    """What is expected of a magnitude, as `log` of it: the mean, times each relation to it, by the kernels before."""
    sizes = 16 * np.abs(codes.reshape(*codes.shape[:2], -1))
    inputs, kernel = sizes.shape[1:]
    sizes[out, channel] = 0

    def mean(out, channel):
        earlier = int(sizes[:out].sum() + sizes[out, :channel].sum())
        return (earlier + 8) // ((out * inputs + channel) * kernel + 1) + 1

    now = mean(out, channel)
    of_output = log(int(sizes[out].sum()) + 4 * now) - log(channel * kernel + 4)
    of_input = log(int(sizes[:, channel].sum()) + 4 * now) - log(out * kernel + 4)
    last = 0 if out else channel
    seen = int(sizes[:out, :, place].sum() + sizes[out, :last, place].sum()) + 8 * mean(out, last)
    return of_output + of_input + log(seen) - log(out * inputs + last + 8) - 2 * log(now) - 64 * 4


def _code(decisions, codes, longest, out, channel, row, column):
    expected = _expected(codes, out, channel, row * codes.shape[3] + column)
    kernel = codes[out, channel]
    left = int(kernel[row, column - 1]) if column else 0
    up = int(kernel[row - 1, column]) if row else 0
    both = int(kernel[row - 1, column - 1]) if row and column else 0
    guess = 2 * (left + up) - both
    kind = min(max((log(abs(guess)) - 64 - expected) // 64 + 3, 1), 5) if guess else 0
    quarters = min(max((expected + 64 * 9 // 2) // 16, 0), 55)
    around = (quarters, kind if row or column else "none")
    bits = min(max(quarters // 4 - 3, 0), longest - 1)
    if decisions.take("more", *around, bits):
        bits += 1
        while bits < longest and decisions.take("more", *around, bits):
            bits += 1
    else:
        while bits and not decisions.take("more", *around, bits - 1):
            bits -= 1
    if bits == 0:
        return 0
    sign = -1 if decisions.take("sign", kind, bool(left) + bool(up), guess < 0) else 1
    near = min(max((expected - 64 * bits) // 32 + 6, 0), 7)
    magnitude = 1
    for k in range(min(bits - 1, 4)):
        magnitude = 2 * magnitude + decisions.take("bit", bits, near if k < 2 else None, magnitude)
    plain = max(bits - 5, 0)
    return sign * ((magnitude << plain) + (decisions.take_plain(plain) if plain else 0))
