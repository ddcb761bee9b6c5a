"""Bytes of SqueezeNet 1.1's ImageNet weights by codec and bits, against those that Deep Compression published.

    python tests/squeezeseg/compression/measure_squeezenet.py squeezenet_v1.1_imagenet_notop.h5

The weights are pruned to the densities of the published file, its last layer aside, which isn't in this one. They are
not trained again, so this says how many bytes such codes take, and nothing about what the network would be worth.
"""

from __future__ import annotations

import lzma
import sys
from pathlib import Path

import numpy as np

from squeezeseg.coding import CODECS
from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize, share
from squeezeseg.training.imagenet import read_keras

DENSITIES = {"conv1": 0.985, "squeeze1x1": 0.99, "expand1x1": 0.5, "expand3x3": 0.33}
PUBLISHED = {8: (675_763, 0.334 * 1_244_448), 6: (468_000, 0.334 * 1_244_448)}
"""Bytes by bits, and weights that aren't zero, of the published file; that of 6 bits is known by its size alone."""


def main(path: Path) -> None:
    tensors = read_keras(path)
    kernels = [
        (name.split("/")[-1].partition("_")[0], value.transpose(3, 2, 0, 1))
        for (name, kind), value in tensors.items()
        if kind == "kernel"
    ]
    masks = [largest(weights, DENSITIES[kind]) for kind, weights in kernels]
    biases = sum(value.size for (_, kind), value in tensors.items() if kind == "bias")
    weights, kept = sum(mask.size for mask in masks), sum(int(mask.sum()) for mask in masks)
    print(f"{weights:,} weights, {kept:,} kept ({kept / weights:.1%}), {biases:,} biases not counted below\n")
    brotli = _brotli()
    print("| codes | bits and gaps | " + " | ".join(CODECS) + f" | xz{' | brotli-11' * (brotli is not None)} |")
    print("| --- " * (5 + 1 + (brotli is not None)) + "|")
    for bits in (8, 6, 5, 4):
        shared = [share(w, bits, mask) for (_, w), mask in zip(kernels, masks, strict=True)]
        tables = sum(len(one.negative) + len(one.positive) for one in shared) * 2
        _row(f"{bits} bits, shared", [one.codes for one in shared], kept, tables, bits)
    for step in (0.25, 0.5, 1.0):
        _row(
            f"steps of {step} sigma, not pruned", [quantize(w, step * w.std()).codes for _, w in kernels], weights, 0, 0
        )
    for bits, (size, entries) in PUBLISHED.items():
        print(f"\npublished with {bits} bits: {size:,} bytes, {8 * size / entries:.2f} bits for a weight that is kept")


def _row(name: str, codes: list[np.ndarray], kept: int, tables: int, bits: int) -> None:
    flat = b"".join(
        one.astype(np.int16).tobytes() if np.abs(one).max() > 127 else one.astype(np.int8).tobytes() for one in codes
    )
    sizes = [sum(len(codec.encode(one)) for one in codes) + tables for codec in CODECS.values()]
    sizes.append(len(lzma.compress(flat, preset=9 | lzma.PRESET_EXTREME)) + tables)
    if (brotli := _brotli()) is not None:
        sizes.append(len(brotli.compress(flat)) + tables)
    plain = f"{kept * (bits + 4) // 8 + tables:,}" if bits else "-"
    cells = [f"{size:,} ({8 * size / kept:.2f})" for size in sizes]
    print(f"| {name} | {plain} | " + " | ".join(cells) + " |")


def _brotli():  # an extra of neither this program nor its tests
    try:
        import brotli
    except ImportError:
        return None
    return brotli


if __name__ == "__main__":
    main(Path(sys.argv[1]))
