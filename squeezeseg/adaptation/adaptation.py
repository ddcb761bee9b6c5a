"""An adaptation, stage by stage: pilot, streets, training, checks, verdict.

Each stage leaves its files in the folder and finds them again, so that a run that was stopped goes on.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from data.estimation import SensorEstimate
from data.estimation.beam_numbers import number_beams
from data.labels import class_map
from data.scan import Scan
from data.simulator import simulate
from data.sources import Source, open_source
from squeezeseg.adaptation.consistency import measure_consistency
from squeezeseg.adaptation.plan import HELD, Plan, make_plan, save_plan, saved_plan
from squeezeseg.adaptation.seen_streets import SCANS_PER_STREET, SeenStreets, open_streets, simulate_streets
from squeezeseg.adaptation.verdict import NAMES, Checks, Verdict, decide
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.evaluation.labelled_frames import evaluate
from squeezeseg.inference.factory import load_engine
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.inference.settings import InferenceSettings
from squeezeseg.training.loop import train
from squeezeseg.training.recipe import read_settings
from squeezeseg.training.run import Progress, Run
from squeezeseg.training.samples import BIN, SampleStore, build_store
from squeezeseg.weights import Model, load_weights, save_model

MODEL = "my-sensor.safetensors"
RECIPE: dict[str, Any] = {
    "rate": 2e-4,
    "warm_up": 20,
    "batch_norm": False,
    "crf_steps": 0,
    "checkpoint_every": 20,
    "rehearse": 0.5,
}
"""Where the recipe differs from that of a network's start."""
_PILOT_SCANS, _PILOT_STEPS = 4, 4
_CONSISTENT = 8
"""Real scans by which labels are compared with themselves."""
_CLASSES = class_map("default")
Told = Callable[[int], None]


class Adaptation:
    """One network's adaptation to one sensor.

    folder: of all files. estimate: of the sensor. real: some of its scans. model: a shipped network by name, or a file.
    labelled: real scans with ground truth, which then decide.
    """

    def __init__(
        self,
        folder: Path,
        estimate: SensorEstimate,
        real: Sequence[Scan],
        *,
        model: str = "fast",
        seed: int = 0,
        labelled: Source | None = None,
        command: str = "",
    ) -> None:
        self.folder, self.estimate, self.seed, self.command = folder, estimate, seed, command
        self.start = load_weights(model)
        self.labelled = labelled
        self.real = _numbered(real, estimate.sensor.beams)
        self._real = real
        self.raised = estimate.sensor.height - self.start.card.sensor.height
        self.columns = max(round(estimate.sensor.with_view("full").columns / BIN), 4) * BIN

    def plan(self, seconds: float) -> Plan:
        """The plan of an earlier run in the folder, or one for so many seconds, after a pilot."""
        if (plan := saved_plan(self.folder)) is not None:
            return plan
        folder = self.folder / "pilot"
        scan, own = self._timed(lambda: simulate_streets(folder / "own", self.estimate, _PILOT_SCANS, self.seed + 1))
        old, before = self._timed(lambda: simulate(folder / "old", _PILOT_SCANS, self.seed + 1, SCANS_PER_STREET, 1.0))
        store = self._store(self._streets(own), folder / "own")
        rehearsal = build_store([open_source(before)], folder / "old-samples", _CLASSES)
        step = self._step_time(store, rehearsal)
        plan = make_plan(seconds, scan / _PILOT_SCANS, old / _PILOT_SCANS, step)
        save_plan(self.folder, plan)
        return plan

    def simulate(self, plan: Plan, progress: Told) -> tuple[Source, Source]:
        """Streets as the sensor sees them: to learn from, and others to check by."""
        streets = self._streets(
            simulate_streets(self.folder / "drives", self.estimate, plan.scans, self.seed, progress)
        )
        count = len(streets) - HELD
        return streets.with_frames(streets.frames[:count]), streets.with_frames(streets.frames[count:])

    def rehearsal(self, plan: Plan, progress: Told) -> Source:
        """Streets as the network has learned from before."""
        folder = self.folder / "rehearsal"
        done = simulate(folder, plan.rehearsed, self.seed, SCANS_PER_STREET, 1.0, progress=lambda at, _: progress(at))
        return open_source(done)

    def train(self, plan: Plan, own: Source, before: Source, on_step: Callable[[Progress], None]) -> Path:
        """Train; the file of weights."""
        return train(
            self._settings(plan.steps),
            self._store(own, self.folder / "samples"),
            self.folder / "training",
            sensor=self.start.card.sensor,
            command=self.command,
            init=load_network(self.start),
            rehearsal=build_store([before], self.folder / "rehearsal-samples", _CLASSES),
            on_step=on_step,
        )

    def finish(self, weights: Path) -> Model:
        """The trained network, with the CRF, the object classifier and the temperature of the start.

        Fitted to the few scans that fit into minutes, a classifier cost 26 points of IoU of real cars (HDL-32E).
        """
        trained, start = load_weights(weights), self.start
        tensors = {name: value for name, value in start.tensors.items() if not name.startswith("network.")}
        tensors |= {name: value for name, value in trained.tensors.items() if name.startswith("network.")}
        # Whose scans it is for; at the height at which all networks are shown the ground.
        sensor = replace(self.estimate.sensor, height=start.card.sensor.height, cut=None)
        return Model(replace(start.card, sensor=sensor, scores={}), tensors)

    def check(self, model: Model, checked: Source, progress: Told) -> Checks:
        """Measure a network."""
        engine = load_engine(model, "torch")

        def segmenter(sensor: Any) -> Segmenter:
            return Segmenter(engine, model, sensor, InferenceSettings())

        own = segmenter(checked.sensor)
        simulated = evaluate(checked, lambda _, scan: own(scan).labels, _CLASSES, progress=progress)
        real = segmenter(self.estimate.sensor)
        consistency = measure_consistency(
            self.real, lambda scan: real(scan).labels, lambda done: progress(len(checked) + done)
        )
        labelled = None
        if self.labelled is not None:
            seen = segmenter(self.labelled.sensor)
            labelled = _scores(evaluate(self.labelled, lambda _, scan: seen(scan).labels, _CLASSES))
        return Checks(_scores(simulated), consistency, labelled)

    def keep(self, before: Checks, after: Checks, trained: Model) -> tuple[Verdict, Path]:
        """Write the better network; before and after are those of the start and of the training."""
        verdict = decide(before, after)
        model = trained if verdict.adapted else Model(replace(self.start.card, scores={}), self.start.tensors)
        path = self.folder / MODEL
        save_model(path, Model(replace(model.card, command=self.command, file="", checksum=""), model.tensors))
        return verdict, path

    def _streets(self, drive: Path) -> SeenStreets:
        return open_streets(drive, self.estimate, self._real)

    def _store(self, own: Source, folder: Path) -> SampleStore:
        return build_store([own], folder, _CLASSES, columns=self.columns, raised=self.raised)

    def _settings(self, steps: int) -> Any:
        return read_settings(None, {"model": self.start.card.model, "steps": steps, "seed": self.seed}, others=RECIPE)

    def _step_time(self, store: SampleStore, rehearsal: SampleStore) -> float:
        """Seconds of a step; the first one, which takes memory, aside."""
        network = copy.deepcopy(load_network(self.start))
        run = Run(self._settings(2 * _PILOT_STEPS), store, self.start.card, network, rehearsal)
        run.advance()
        return self._timed(lambda: [run.advance() for _ in range(_PILOT_STEPS)])[0] / _PILOT_STEPS

    @staticmethod
    def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
        began = time.perf_counter()
        done = work()
        return time.perf_counter() - began, done


def _numbered(scans: Sequence[Scan], beams: int) -> list[Scan]:
    """Some of the scans, their returns with the beam of each, which stays known when they are moved."""
    found = number_beams(scans, beams)
    points = np.column_stack([found.xyz, found.intensity]).astype(np.float32)
    numbers = np.unique(found.scan)
    chosen = numbers[:: max(len(numbers) // _CONSISTENT, 1)][:_CONSISTENT]
    return [Scan(points[found.scan == k], ring=found.beam[found.scan == k].astype(np.uint8)) for k in chosen]


def _scores(evaluation: Any) -> dict[str, float | None]:
    """IoU by class; None where neither truth nor labels have it."""
    found = evaluation.as_dict()["iou"]
    return {name: found[name] for name in NAMES}
