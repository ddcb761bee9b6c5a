"""Writes the layout of the published compressed SqueezeNet, entry by entry."""

from __future__ import annotations

import struct


def encode_layers(layers):
    """layers: a codebook of 256 floats, a bias, and codes in the order of the weights, 0 for a pruned one, of each."""
    entries = [list(_entries(codes)) for _, _, codes in layers]
    data = struct.pack(f"<{len(layers)}I", *map(len, entries))
    for (codebook, bias, _), own in zip(layers, entries, strict=True):
        data += struct.pack(f"<256f{len(bias)}f", *codebook, *bias)
        data += bytes(code for _, code in own)
        gaps = [gap for gap, _ in own] + [0]
        data += bytes(gaps[k] | gaps[k + 1] << 4 for k in range(0, len(own), 2))
    return data


def _entries(codes):
    skipped = 0
    for code in codes:
        if code == 0 and skipped < 15:
            skipped += 1
        elif code == 0:
            ahead = skipped  # a filler, if an entry follows
            yield ahead, 0
            skipped = 0
        else:
            yield skipped, code
            skipped = 0
