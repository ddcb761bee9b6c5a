"""Mixed against uniform bits at equal bytes, each trained as it will be kept, with learned steps (LSQ).

    squeezeseg simulate drive --frames 60 --seed 7703
    python tests/squeezeseg/search/precision/measure_precision.py fast --data drive --bits 3 --out runs/mixed

For each number of bits: as many in each layer; those that follow from each layer's own damage, as `compress` divides
bytes; those that a search found. Mixed ones have the bytes of the uniform one, at most. Started again it goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.labels import class_map
from data.sources import open_source
from squeezeseg.compression.allocation import Choice, allocate
from squeezeseg.compression.bit_widths import channel_axes, rounded, uniform_bits
from squeezeseg.compression.quantization import quantize_channels
from squeezeseg.compression.retraining import RETRAINING, retrain
from squeezeseg.compression.sensitivity import Sensitivity
from squeezeseg.engines.processor import guard_matrix_unit
from squeezeseg.graphs.check_scans import CHECK_SEED, CheckScan, check_scans
from squeezeseg.graphs.parity import compare, torch_labels
from squeezeseg.search.precision.costs import weight_bytes
from squeezeseg.search.precision.loop import search_precision
from squeezeseg.search.precision.settings import RECIPE, WEIGHT_BITS, PrecisionSettings
from squeezeseg.training.samples import SampleStore, build_store
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model, load_weights
from squeezeseg.weights.container import Container, encode_container, read_container, write_container

WAYS = ("uniform", "damage", "search")


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 6])
    parser.add_argument("--ways", nargs="+", default=WAYS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--search-steps", type=int, default=100)
    parser.add_argument("--search-rate", type=float, default=RECIPE["rate"], help="of the weights, in the search")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--scans", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    guard_matrix_unit()
    torch.set_num_threads(1)
    model = load_weights(given.model)
    source = open_source(given.data)
    source = source.with_frames(source.frames[: given.frames])
    store = build_store([source], given.out / "samples", class_map("default"))
    shape = {"batch": given.batch, "width": given.width, "model": model.card.model}
    for bits in given.bits:
        size = len(encode_container(rounded(model, uniform_bits(model, bits))))
        for seed in given.seeds:
            recipe = TrainSettings(
                **{**RECIPE, **shape, "steps": given.search_steps, "rate": given.search_rate, "seed": seed}
            )
            search = PrecisionSettings(size=size, judge=8, recipe=recipe)
            training = TrainSettings(**{**RETRAINING, **shape, "steps": given.steps, "seed": seed})
            for way in given.ways:
                run = given.out / f"{given.model}-{bits}-{seed}-{way}"
                if not (run / "trained.sqz").is_file():
                    begun = time.process_time()
                    widths = widths_of(way, model, bits, search, store, given.data, run)
                    start = rounded(model, widths)
                    run.mkdir(parents=True, exist_ok=True)
                    write_container(run / "start.sqz", start)
                    (run / "widths.json").write_text(json.dumps(widths))
                    end = retrain(model, start, training, store, run / "training", learn_steps=widths)
                    write_container(run / "trained.sqz", end)
                    print(f"{run.name}: {time.process_time() - begun:.0f} s of a core", flush=True)
    report(model, given.out, given.model, given.scans)


def widths_of(
    way: str, model: Model, bits: int, search: PrecisionSettings, store: SampleStore, data: Path, run: Path
) -> dict[str, int]:
    """Bits by layer."""
    if way == "uniform":
        return uniform_bits(model, bits)
    if way == "search":
        found = search_precision(search, model, store, run / "search")
        return {name: one.weights for name, one in found.best.layers.items()}
    costs, beside = weight_bytes(model, WEIGHT_BITS, "range")
    images, seen = _fronts(model, store)
    sensitivity = Sensitivity(model, images, seen)
    choices = {}
    for (name, axis), sizes in zip(channel_axes(model).items(), costs, strict=True):
        choices[name] = []
        for width, cost in zip(WEIGHT_BITS, sizes, strict=True):
            decoded = quantize_channels(model.tensors[name], width, axis).decoded()
            choices[name].append(Choice(width, cost, sensitivity.damage({name.removeprefix("network."): decoded})))
    return {name: one.value for name, one in allocate(choices, search.size - beside).items()}


def _fronts(model: Model, store: SampleStore) -> tuple[list[NDArray], list[NDArray]]:
    """Two fronts of the samples, normalised, and where they have returns."""
    import numpy as np

    metres = np.zeros((2, 5, store.labels.shape[1], 512), np.float32)
    metres[:, :4] = store.channels[[0, len(store) // 2], :, :, 768:1280]
    metres[:, 4] = np.sqrt(np.square(metres[:, :3]).sum(1))
    return list(model.card.normalisation(metres)), list(metres[:, 4] > 0)


def report(model: Model, folder: Path, name: str, count: int) -> None:
    """Score what there is, and print all of it."""
    reference = torch_labels(model, complete=False)
    scans = list(check_scans(count, CHECK_SEED, model.card.architecture.width_multiple))
    known = {id(scan.channels): reference(scan.channels) for scan in scans}
    for file in sorted(folder.glob(f"{name}-*/trained.sqz")):
        result = file.parent / f"result-{count}.json"
        if not result.is_file():
            found = {
                stage: _scores(model, read_container(file.parent / f"{stage}.sqz"), scans, known)
                for stage in ("start", "trained")
            }
            with atomic_write(result) as out:
                out.write(json.dumps(found).encode())
        found = json.loads(result.read_text())
        widths = json.loads((file.parent / "widths.json").read_text())
        for stage, one in found.items():
            iou = " / ".join(f"{100 * value:.1f}" for value in one["iou"].values())
            print(f"{file.parent.name} {stage}: {one['bytes']:,} bytes, {one['agreement']:.3%} equal, {iou}")
        print(f"  bits: {' '.join(map(str, widths.values()))}")


def _scores(model: Model, container: Container, scans: list[CheckScan], known: dict[int, NDArray]) -> dict:
    small = torch_labels(Model(container.card, container.decoded()), complete=False)
    found = compare(lambda channels: known[id(channels)], small, scans, model.card.classes, "float32")
    return {"bytes": len(encode_container(container)), "agreement": found.agreement, "iou": found.graph_iou,
            "float32": found.reference_iou}  # fmt: skip


if __name__ == "__main__":
    main()
