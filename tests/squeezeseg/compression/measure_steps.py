"""Deep Compression step by step, and equal steps beside it: bytes of a network's file, and IoU, without training again.

    python tests/squeezeseg/compression/measure_steps.py fast --scans 8

'With gaps' is what is left to send after pruning: float16 values, or codes, and 4 bits for the zeros before each. xz
and brotli (pip install brotli) get the codes as a byte each, and what else is in the file as it is.
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
from squeezeseg.graphs.check_scans import CHECK_SEED, CheckScan, check_scans
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
    scored = scorer(model, list(check_scans(given.scans, CHECK_SEED, model.card.architecture.width_multiple)))
    print("| weights | same labels | IoU | as it is, or with gaps | Huffman | range coder | xz | brotli-11 |")
    print("| --- " * 8 + "|", flush=True)

    def row(title: str, container: Container, plain: int = 0) -> None:
        print(f"| {title} | {scored(container)} | {' | '.join(sizes(container, plain))} |", flush=True)

    whole = packed(model, {})
    row("float16", whole)
    for density in given.densities:
        kept = {name: largest(model.tensors[name], density) for name in names}
        pruned = packed(model, {name: Floats(model.tensors[name] * mask) for name, mask in kept.items()})
        row(f"{density:.0%} kept, float16", pruned, with_gaps(pruned, 16))
        shared = packed(model, {name: share(model.tensors[name], BITS, mask) for name, mask in kept.items()})
        row(f"{density:.0%} kept, {2**BITS - 1} values shared", shared, with_gaps(shared, BITS))
    for step in given.steps:
        steps = {name: quantize(model.tensors[name], step * float(model.tensors[name].std())) for name in names}
        row(f"equal steps of {step:g} sigma", packed(model, steps))


def scorer(model: Model, scans: list[CheckScan]) -> Callable[[Container], str]:
    """What tells the share of labels that are the model's, and IoU by class."""
    labels = torch_labels(model, complete=False)
    before = [labels(scan.channels) for scan in scans]

    def scored(container: Container) -> str:
        again = iter(before)
        small = torch_labels(Model(container.card, container.decoded()), complete=False)
        found = compare(lambda _: next(again), small, scans, model.card.classes, "float32")
        return f"{found.agreement:.2%} | {' / '.join(f'{100 * (one or 0):.1f}' for one in found.graph_iou.values())}"

    return scored


def sizes(container: Container, plain: int = 0) -> list[str]:
    """Bytes of a container's file: as it is or with gaps, Huffman, range coder, xz, brotli-11.

    plain: the first, where it isn't as few bits for each code as all need.
    """
    codes = [one.codes for one in container.tensors.values() if not isinstance(one, Floats)]
    whole = {codec: len(encode_container(replace(container, codec=codec))) for codec in CODECS}
    if not codes:
        return [f"{plain or whole['bits']:,}", "", "", "", ""]
    rest = whole["bits"] - sum(len(CODECS["bits"].encode(one)) for one in codes)
    kind = np.int8 if all(np.abs(one).max() < 128 for one in codes) else np.int16
    flat = b"".join(one.astype(kind).tobytes() for one in codes)
    found: list[int | None] = [plain or whole["bits"], whole["huffman"], whole["range"]]
    found += [rest + len(lzma.compress(flat, preset=9)), rest + len(brotli.compress(flat)) if brotli else None]
    return ["-" if one is None else f"{one:,}" for one in found]


def with_gaps(container: Container, bits: int) -> int:
    """Bytes of the file if of each weight that isn't zero its code were sent, and the gap before it."""
    rest, entries = len(encode_container(container)), 0
    for name in coded_names(Model(container.card, container.decoded())):
        one = container.tensors[name]
        rest -= 2 * one.values.size if isinstance(one, Floats) else len(CODECS[container.codec].encode(one.codes))
        zeros = one.values == 0 if isinstance(one, Floats) else one.codes == 0
        entries += len(to_gaps((~zeros).ravel().astype(np.int16), GAP_BITS)[0])
    return rest + -(-entries * (bits + GAP_BITS) // 8)


if __name__ == "__main__":
    main()
