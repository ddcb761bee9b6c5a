"""What an update takes: the patch of fine-tuned weights, with and without 'compress --base', against the whole file.

    python tests/squeezeseg/compression/measure_update.py OLD.sqz --out runs/update

OLD is fine-tuned on simulated streets as a sensor sees them that is mounted higher, half of the time as before; its
labels on other such streets are what each file is held against. What was trained or fitted stays in the folder, so
that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from measure_steps import scorer

from data.labels import class_map
from data.simulator import simulate
from data.sources import open_source
from squeezeseg.compression.candidates import equal_steps
from squeezeseg.compression.examination import examined
from squeezeseg.compression.network import coded_ways, fit, packed
from squeezeseg.compression.retraining import RETRAINING, retrain
from squeezeseg.compression.update import near, to_train
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.graphs.check_scans import check_scans
from squeezeseg.training.initial import carry_over
from squeezeseg.training.loop import train
from squeezeseg.training.recipe import FINE_TUNING
from squeezeseg.training.samples import SampleStore, build_store
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model, load_weights, save_model
from squeezeseg.weights.container import Container, encode_container, read_container, write_container
from squeezeseg.weights.patch import make_patch

TRAINING_SEED, SCORED_SEED = 7704, 9850


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("old", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--higher", type=float, default=0.4, help="metres that the sensor is mounted higher")
    parser.add_argument("--simulate", type=int, default=120, help="scans to train on")
    parser.add_argument("--scans", type=int, default=6, help="scans to score on")
    parser.add_argument("--prices", type=float, nargs="*", default=[0.0, 0.5, 2.0])
    given = parser.parse_args()
    base, old = read_container(given.old), given.old.read_bytes()
    folder = given.out / "update"
    drive = simulate(given.out / "drives", given.simulate, TRAINING_SEED, 2, 1.0)
    before = build_store([open_source(drive)], given.out / "samples", class_map("default"))
    channels = _higher(np.asarray(before.channels), given.higher, 1)
    store = SampleStore(channels, before.labels, before.around, before.people, f"{before.fingerprint} higher")
    own = {"steps": given.steps, "batch": given.batch}
    new = _fine_tuned(given.old, store, before, folder, {**FINE_TUNING, **own})

    def stored(name: str, made: Callable[[], Container]) -> Container:
        if not (file := folder / f"{name}.sqz").is_file():
            write_container(file, replace(made(), operations=base.operations))
        return read_container(file)

    def trained(price: float) -> Container:
        settings = TrainSettings(**{**RETRAINING, **own}, model=new.card.model)
        first = to_train(near(new, base, price), base)
        return retrain(new, first, settings, store, folder / f"price-{price:g}", price=price)

    rows = {"OLD, as it is": base, "nearest codes": stored("nearest", partial(near, new, base))}
    for price in given.prices:
        rows[f"`--base`, `--price {price:g}`"] = stored(f"price-{price:g}", partial(trained, price))
    budget = len(old) - _operations_bytes(base)
    rows["compressed anew"] = stored("anew", lambda: fit(new, examined(new, coded_ways(new, equal_steps)), budget))
    scans = [
        replace(scan, channels=_higher(scan.channels, given.higher, 1))
        for scan in check_scans(given.scans, SCORED_SEED, new.card.architecture.width_multiple)
    ]
    scored = scorer(new, scans)
    print("| weights | file | patch | codes that changed | same labels | IoU |\n" + "| --- " * 6 + "|")
    print(f"| fine-tuned, float16 | | | | {scored(packed(new, {}))} |")
    for title, container in rows.items():
        data = encode_container(container)
        cells = f"{len(data):,} | {len(make_patch(old, data)):,} | {_changed(base, container)}"
        print(f"| {title} | {cells} | {scored(container)} |", flush=True)


def _fine_tuned(old: Path, store: SampleStore, before: SampleStore, folder: Path, settings: dict[str, object]) -> Model:
    file = folder / "new.safetensors"
    if not file.is_file():
        start = load_weights(old)
        recipe = TrainSettings(**settings, model=start.card.model)
        made = train(recipe, store, folder, init=load_network(start), rehearsal=before)
        save_model(file, carry_over(load_weights(made), str(old)))
    return load_weights(file)


def _higher(channels: np.ndarray, metres: float, axis: int) -> np.ndarray:
    """Images (..., x y z intensity [range], H, W) as a sensor has them that is mounted higher, its beams the same."""
    made = np.moveaxis(channels, axis, 0).astype(np.float32)
    seen = (made[:3] != 0).any(axis=0)
    made[2] -= metres * seen
    if len(made) > 4:
        made[4] = np.linalg.norm(made[:3], axis=0)
    return np.moveaxis(made, 0, axis).astype(channels.dtype)


def _operations_bytes(base: Container) -> int:
    """Bytes of the operations in a file."""
    return len(encode_container(base)) - len(encode_container(replace(base, operations=None)))


def _changed(base: Container, new: Container) -> str:
    pairs = [(one, new.tensors[name]) for name, one in base.tensors.items() if hasattr(one, "codes")]
    if not all(np.array_equal(one.scales, other.scales) for one, other in pairs):
        return "-"
    return f"{sum(int((a.codes != b.codes).sum()) for a, b in pairs) / sum(a.codes.size for a, _ in pairs):.1%}"


if __name__ == "__main__":
    main()
