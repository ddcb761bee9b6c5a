"""Deep Compression step by step, and equal steps beside it: bytes of a network's file, and IoU, without training again.

    python tests/squeezeseg/compression/measure_steps.py fast --scans 8

Rows of one group have the same weights, so that IoU is told once for it. 'values and gaps' is what is left to send
after pruning alone: float16 values, and 4 bits for the zeros before each. xz and brotli (pip install brotli) get the
codes as a byte each, and what else is in the file as it is.
"""

from __future__ import annotations

import argparse
import lzma
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from squeezeseg.coding import CODECS
from squeezeseg.coding.relative_index import to_gaps
from squeezeseg.compression.network import coded_names, packed
from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize, share
from squeezeseg.graphs.check_scans import CHECK_SEED, check_scans
from squeezeseg.graphs.parity import compare, torch_labels
from squeezeseg.weights import Model, load_weights
from squeezeseg.weights.container import Container, encode_container
from squeezeseg.weights.stored_tensor import Floats

try:
    import brotli
except ImportError:
    brotli = None
BITS, GAP_BITS = 5, 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--scans", type=int, default=8)
    parser.add_argument("--densities", type=float, nargs="*", default=[0.6, 0.33])
    parser.add_argument("--steps", type=float, nargs="*", default=[0.5, 1.0])
    given = parser.parse_args()
    model = load_weights(given.model)
    names = coded_names(model)
    scans = list(check_scans(given.scans, CHECK_SEED, model.card.architecture.width_multiple))
    before = [torch_labels(model, complete=False)(scan.channels) for scan in scans]

    def scored(container: Container) -> str:
        again = iter(before)
        small = torch_labels(Model(container.card, container.decoded()), complete=False)
        found = compare(lambda _: next(again), small, scans, model.card.classes, "float32")
        return f"{found.agreement:.2%} | {' / '.join(f'{100 * (one or 0):.1f}' for one in found.graph_iou.values())}"

    print("| weights | bytes | same labels | IoU |\n| --- | --- | --- | --- |")

    def group(title: str, container: Container, first: Callable[[int], tuple[str, int]] | None = None) -> None:
        codes = [one.codes for name in names if not isinstance(one := container.tensors[name], Floats)]
        sizes = {codec: len(encode_container(replace(container, codec=codec))) for codec in CODECS}
        rest = sizes["bits"] - sum(len(CODECS["bits"].encode(one)) for one in codes)
        rows = [first(rest)] if first else []
        rows += [("Huffman", sizes["huffman"]), ("range coder", sizes["range"])]
        flat = b"".join(one.astype(np.int8).tobytes() for one in codes)
        rows.append(("xz", rest + len(lzma.compress(flat, preset=9))))
        if brotli:
            rows.append(("brotli-11", rest + len(brotli.compress(flat))))
        score = scored(container)
        for k, (name, size) in enumerate(rows):
            print(f"| {title}: {name} | {size:,} | {score if k == 0 else ' | '} |", flush=True)

    plain = packed(model, {})
    print(f"| float16 | {len(encode_container(plain)):,} | {scored(plain)} |", flush=True)
    for density in given.densities:
        masks = {name: largest(model.tensors[name], density) for name in names}
        pruned = packed(model, {name: Floats(model.tensors[name] * mask) for name, mask in masks.items()})
        entries = sum(len(to_gaps(mask.ravel().astype(np.int16), GAP_BITS)[0]) for mask in masks.values())
        others = len(encode_container(plain)) - 2 * sum(mask.size for mask in masks.values())
        size = others + 2 * entries + -(-entries * GAP_BITS // 8)
        print(f"| {density:.0%} kept: values and gaps | {size:,} | {scored(pruned)} |", flush=True)
        shared = packed(model, {name: share(model.tensors[name], BITS, mask) for name, mask in masks.items()})

        def codes_and_gaps(rest: int, entries: int = entries) -> tuple[str, int]:
            return "codes and gaps", rest + -(-entries * (BITS + GAP_BITS) // 8)

        group(f"{density:.0%} kept, {2**BITS - 1} values shared", shared, codes_and_gaps)
    for step in given.steps:
        steps = {name: quantize(model.tensors[name], step * float(model.tensors[name].std())) for name in names}
        group(f"equal steps of {step:g} sigma", packed(model, steps))


if __name__ == "__main__":
    main()
