"""LSQ and PACT number by number, as their papers have them."""

from __future__ import annotations

import numpy as np


def learned_step(values, step, least, most, gradient):
    """Rounded values, and the gradients for values (N,) and for their one step."""
    rounded, of_values, of_step = [], [], 0.0
    for value, g in zip(values.tolist(), gradient.tolist(), strict=True):
        v = value / step
        if v < least:
            code, passes, slope = least, 0.0, float(least)
        elif v > most:
            code, passes, slope = most, 0.0, float(most)
        else:
            code = int(np.rint(v))
            passes, slope = 1.0, code - v
        rounded.append(code * step)
        of_values.append(g * passes)
        of_step += g * slope
    return np.array(rounded), np.array(of_values), of_step / np.sqrt(len(values) * most)


def learned_clip(values, clip, bits, gradient):
    """y = (|x| - |x - clip| + clip) / 2, to the nearest of 2^bits - 1 steps; gradients for values and for the clip."""
    rounded, of_values, of_clip = [], [], 0.0
    steps = 2**bits - 1
    for x, g in zip(values.tolist(), gradient.tolist(), strict=True):
        y = 0.5 * (abs(x) - abs(x - clip) + clip)
        rounded.append(np.rint(y * steps / clip) * clip / steps)
        of_values.append(g if 0 <= x < clip else 0.0)
        of_clip += g if x >= clip else 0.0
    return np.array(rounded), np.array(of_values), of_clip
