"""Deep Compression step by step with training, and its rivals beside it: bytes of a network's file, and IoU.

    python tests/squeezeseg/compression/measure_trained.py fast.safetensors --out runs/trained

Pruned to a density for each layer, found by its sensitivity, and trained on with the zeros held; then values are
shared, and trained on; equal steps in as many bytes; steps that are learned (LSQ). All see as many batches, the same
ones: of a network that is pruned and then shared each half of them. What was trained stays in the folder, so that a
run that was stopped goes on. Scored on streets that nothing was trained or chosen on. See also measure_steps.py.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from measure_steps import BITS, scorer, sizes, with_gaps
from numpy.typing import NDArray

from data.labels import class_map
from data.simulator import simulate
from data.sources import open_source
from squeezeseg.compression.bit_widths import rounded, uniform_bits
from squeezeseg.compression.candidates import equal_steps
from squeezeseg.compression.examination import examined
from squeezeseg.compression.network import coded_ways, fit, packed
from squeezeseg.compression.pruning import densities, largest, pruned_ways
from squeezeseg.compression.quantization import share
from squeezeseg.compression.retraining import RETRAINING, retrain
from squeezeseg.graphs.check_scans import check_scans
from squeezeseg.training.samples import SampleStore, build_store
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model, load_weights
from squeezeseg.weights.container import Container, encode_container, read_container, write_container

TRAINING_SEED, SCORED_SEED = 7704, 9850
PRUNING_RATE = 1e-3
"""Weights move far after pruning."""
RATE = RETRAINING["rate"]


@dataclass(frozen=True, eq=False)
class Trained:
    """A network's containers, trained now or by an earlier run. steps: batches of all training of a container."""

    model: Model
    store: SampleStore
    folder: Path
    steps: int
    batch: int

    def pruned(self, density: float) -> Container:
        """To a density for each layer, and trained on for half of the batches."""
        start = partial(packed, self.model, {})
        return self._train(f"pruned-{density:g}", start, self.model, 0.5, PRUNING_RATE, kept=self.kept(density))

    def shared(self, density: float) -> Container:
        """Values shared by what is left of `pruned`, and trained on for the other half."""
        pruned, kept = self.pruned(density), self.kept(density)
        model = Model(pruned.card, pruned.decoded())
        assert not any(model.tensors[name][~mask].any() for name, mask in kept.items())

        def start() -> Container:
            return packed(model, {name: share(model.tensors[name], BITS, mask) for name, mask in kept.items()})

        return self._train(f"shared-{density:g}", start, model, 0.5)

    def equal(self, density: float) -> Container:
        """Equal steps in as many bytes as `shared` has, of which training may take a hundredth."""
        budget = round(0.99 * len(encode_container(self.shared(density))))

        def start() -> Container:
            return fit(self.model, examined(self.model, coded_ways(self.model, equal_steps)), budget)

        return self._train(f"equal-{density:g}", start, self.model)

    def learned(self, bits: int) -> Container:
        """LSQ: codes of so many bits, a step for each channel."""
        own = uniform_bits(self.model, bits)
        return self._train(f"learned-{bits}", partial(rounded, self.model, own), self.model, learn_steps=own)

    def kept(self, density: float) -> dict[str, NDArray[np.bool_]]:
        """What pruning leaves, by tensor."""
        file = self.folder / f"densities-{density:g}.json"
        if not file.is_file():
            chosen = densities(examined(self.model, pruned_ways(self.model)), density)
            self.folder.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(chosen, indent=1))
        return {name: largest(self.model.tensors[name], one) for name, one in json.loads(file.read_text()).items()}

    def _train(
        self, name: str, start: Callable[[], Container], model: Model, share_of: float = 1, rate: float = RATE, **how
    ) -> Container:
        file, first = self.folder / f"{name}.sqz", self.folder / f"{name}-start.sqz"
        if file.is_file():
            return read_container(file)
        if not first.is_file():
            write_container(first, start())
        steps = round(share_of * self.steps)
        settings = TrainSettings(
            **{**RETRAINING, "steps": steps, "rate": rate, "batch": self.batch}, model=model.card.model
        )
        begun = time.monotonic()
        container = retrain(
            model, read_container(first), settings, self.store, self.folder / name, teacher=self.model, **how
        )
        write_container(file, container)
        print(f"<!-- {name}: {steps} steps, {time.monotonic() - begun:.0f} s -->", flush=True)
        return container


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=100, help="batches that each row is trained for")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--simulate", type=int, default=120, help="scans to train on")
    parser.add_argument("--scans", type=int, default=6, help="scans to score on")
    parser.add_argument("--densities", type=float, nargs="*", default=[0.33])
    parser.add_argument("--bits", type=int, nargs="*", default=[8, 6, 4])
    given = parser.parse_args()
    model = load_weights(given.model)
    drive = simulate(given.out / "drives", given.simulate, TRAINING_SEED, 2, 1.0)
    store = build_store([open_source(drive)], given.out / "samples", class_map("default"))
    trained = Trained(model, store, given.out / model.card.model, given.steps, given.batch)
    rows: list[tuple[str, Container, int]] = [("float16", packed(model, {}), 0)]
    for density in given.densities:
        pruned, shared = trained.pruned(density), trained.shared(density)
        rows.append((f"{density:.0%} kept, float16", pruned, with_gaps(pruned, 16)))
        rows.append((f"{density:.0%} kept, {2**BITS - 1} values shared", shared, with_gaps(shared, BITS)))
        rows.append(("equal steps in as many bytes", trained.equal(density), 0))
    rows += [(f"learned steps, {bits} bits", trained.learned(bits), 0) for bits in given.bits]
    scored = scorer(model, list(check_scans(given.scans, SCORED_SEED, model.card.architecture.width_multiple)))
    print(f"| {given.model} | same labels | IoU | as it is, or with gaps | Huffman | range coder | xz | brotli-11 |")
    print("| --- " * 8 + "|")
    for title, container, plain in rows:
        print(f"| {title} | {scored(container)} | {' | '.join(sizes(container, plain))} |", flush=True)


if __name__ == "__main__":
    main()
