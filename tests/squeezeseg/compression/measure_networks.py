"""Bytes of a network's file by codec, and IoU before and after, of ways to keep its weights without training again.

    python tests/squeezeseg/compression/measure_networks.py fast --scans 8 --budgets 250000 200000

Files are whole: card, biases and object classifier are in them. Where codes go through xz and brotli (pip install
brotli, or its column is left out), the rest of the file is as it is otherwise. --scans 0 leaves IoU out, which takes a
minute. Each of --budgets is a row of equal steps as 'squeezeseg compress' chooses them, which takes a minute more.
"""

from __future__ import annotations

import argparse
import lzma
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from squeezeseg.coding import CODECS
from squeezeseg.compression.candidates import equal_steps
from squeezeseg.compression.network import coded_names, coded_ways, fit, packed
from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize_channels, share
from squeezeseg.weights import Model, load_weights
from squeezeseg.weights.container import Container, encode_container
from squeezeseg.weights.stored_tensor import Floats, StoredTensor

try:
    import brotli
except ImportError:
    brotli = None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--scans", type=int, default=0)
    parser.add_argument("--budgets", type=int, nargs="*", default=[])
    given = parser.parse_args()
    model = load_weights(given.model)
    scored = _scored(model, given.scans) if given.scans else lambda _: ""
    names = coded_names(model)
    print(f"| {given.model} | {' | '.join(CODECS)} | xz | brotli-11 | agreement; IoU |")
    print("| --- " * (len(CODECS) + 4) + "|")

    def row(name: str, container: Container) -> None:
        sizes = [len(encode_container(replace(container, codec=codec))) for codec in CODECS]
        coded = [container.tensors[name] for name in names]
        codes = [tensor.codes for tensor in coded if not isinstance(tensor, Floats)]
        rest = sizes[0] - sum(len(CODECS["bits"].encode(one)) for one in codes)
        kind = np.int8 if all(np.abs(one).max() < 128 for one in codes) else np.int16
        flat = b"".join(one.astype(kind).tobytes() for one in codes)
        sizes.append(rest + len(lzma.compress(flat, preset=9)))
        cells = [f"{size:,}" for size in sizes] + [f"{rest + len(brotli.compress(flat)):,}" if brotli else "-"]
        print(f"| {name} | {' | '.join(cells)} | {scored(container)} |", flush=True)

    def kept(coded: Mapping[str, StoredTensor]) -> Container:
        return packed(model, coded)

    for bits in (8, 6, 4):
        row(f"{bits} bits a channel", kept({name: quantize_channels(model.tensors[name], bits) for name in names}))
    for bits in (6, 5, 4):
        row(f"shared, {bits} bits", kept({name: share(model.tensors[name], bits) for name in names}))
    for density in (0.6, 0.33):
        masks = {name: largest(model.tensors[name], density) for name in names}
        row(
            f"{density:.0%} kept, shared, 5 bits",
            kept({name: share(model.tensors[name], 5, mask) for name, mask in masks.items()}),
        )
    if given.budgets:
        from squeezeseg.compression.examination import examined

        choices = examined(model, coded_ways(model, equal_steps))
        for budget in given.budgets:
            row(f"equal steps, {budget:,} bytes at most", fit(model, choices, budget))


def _scored(model: Model, count: int):
    from squeezeseg.graphs.check_scans import CHECK_SEED, check_scans
    from squeezeseg.graphs.parity import compare, torch_labels

    scans = list(check_scans(count, CHECK_SEED, model.card.architecture.width_multiple))
    before = [torch_labels(model, complete=False)(scan.channels) for scan in scans]

    def scored(container: Container) -> str:
        again = iter(before)
        small = torch_labels(Model(container.card, container.decoded()), complete=False)
        found = compare(lambda _: next(again), small, scans, model.card.classes, "float32")
        iou = ", ".join(
            f"{100 * (found.graph_iou[n] or 0):.1f} ({-100 * (c or 0):+.1f})" for n, c in found.iou_cost.items()
        )
        return f"{found.agreement:.2%}; {iou}"

    return scored


if __name__ == "__main__":
    main()
