"""Parity of an exported graph with PyTorch: the share of pixels with equal labels, and the cost in IoU by class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from data.labels import BACKGROUND, IGNORE
from squeezeseg.engines import Outputs
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.evaluation.metrics import count_pairs, iou
from squeezeseg.graphs.check_scans import CheckScan
from squeezeseg.graphs.complete import Complete
from squeezeseg.graphs.onnx_export import complete_network
from squeezeseg.networks import Normalisation
from squeezeseg.weights import Model

LEAST_AGREEMENT = {"float32": 0.999, "bfloat16": 0.995, "int8": 0.98}
"""Share of the pixels whose labels must agree with PyTorch's in float32, by precision."""
MOST_IOU_COST = 0.01
"""IoU that a graph may lose of any class, background included, whatever its precision.

What the shipped graphs lose on the check scans is in the reports beside them: the float32 ones nothing.
"""

Labeller = Callable[[NDArray[np.float32]], NDArray[np.uint8]]
"""From a scan's channels in metres (B, 5, H, W) to labels (B, H, W), 0 where it is empty."""


@dataclass(frozen=True)
class Parity:
    """A comparison of a graph with PyTorch in float32.

    agreement: share of the pixels with a return whose labels are equal. object_agreement: of those that either calls
        an object. reference_iou, graph_iou: by the card's classes, of all scans' pixels with ground truth counted
        together; None where a class never occurs.
    """

    precision: str
    scans: int
    pixels: int
    agreement: float
    object_agreement: float | None
    reference_iou: dict[str, float | None]
    graph_iou: dict[str, float | None]

    @property
    def iou_cost(self) -> dict[str, float | None]:
        """IoU that the graph loses, by class; negative where it gains, None where a class never occurs."""
        return {
            name: None if before is None else before - (self.graph_iou[name] or 0.0)
            for name, before in self.reference_iou.items()
        }

    @property
    def failure(self) -> str:
        """The reason why the graph must not be used, empty if it may."""
        least = LEAST_AGREEMENT[self.precision]
        if self.agreement < least:
            return f"only {self.agreement:.3%} of the labels agree with PyTorch, {self.precision} needs {least:.1%}"
        lost = [
            f"{name} {self.reference_iou[name]:.1%} -> {self.graph_iou[name] or 0:.1%}"
            for name, cost in self.iou_cost.items()
            if cost is not None and cost > MOST_IOU_COST
        ]
        return f"IoU falls by more than {MOST_IOU_COST:.1%}: {', '.join(lost)}" if lost else ""

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON: what was counted, the cost by class, the limits, and whether they hold."""
        return asdict(self) | {
            "iou_cost": self.iou_cost,
            "least_agreement": LEAST_AGREEMENT[self.precision],
            "most_iou_cost": MOST_IOU_COST,
            "passed": not self.failure,
        }


def compare(
    reference: Labeller, graph: Labeller, scans: Iterable[CheckScan], classes: tuple[str, ...], precision: str
) -> Parity:
    """Label the scans by a reference and by a graph that runs in `precision`, and count."""
    count = pixels = equal = objects = equal_objects = 0
    matrices = np.zeros((2, len(classes), len(classes)), np.int64)
    for scan in scans:
        seen = scan.channels[:, 4] > 0
        labels = expected, got = reference(scan.channels)[seen], graph(scan.channels)[seen]
        either = (expected != BACKGROUND) | (got != BACKGROUND)
        count, pixels, equal = count + 1, pixels + len(got), equal + int((expected == got).sum())
        objects, equal_objects = objects + int(either.sum()), equal_objects + int((expected == got)[either].sum())
        truth = scan.truth[seen]
        scored = truth != IGNORE
        for which in range(2):
            group = np.zeros(int(scored.sum()), np.intp)
            matrices[which] += count_pairs(truth[scored], labels[which][scored], group, 1, len(classes))[0]
    before, after = (
        {name: float(value) if np.isfinite(value) else None for name, value in zip(classes, iou(matrix), strict=True)}
        for matrix in matrices
    )
    return Parity(
        precision, count, pixels, equal / max(pixels, 1), equal_objects / objects if objects else None, before, after
    )


def torch_labels(model: Model, *, complete: bool) -> Labeller:
    """PyTorch in float32: the network's own labels or, if `complete`, those behind the CRF."""
    network = load_network(model)
    whole: Complete | None = complete_network(model, network) if complete else None

    def labels(channels: NDArray[np.float32]) -> NDArray[np.uint8]:
        with torch.inference_mode():
            if whole is not None:
                return np.asarray(whole(torch.from_numpy(channels))[0].numpy())
            logits = network(torch.from_numpy(model.card.normalisation(channels)))["logits"]
            return np.asarray(logits.argmax(dim=1).numpy(), np.uint8) * (channels[:, 4] > 0)

    return labels


def network_labels(run: Callable[[NDArray[np.float32]], Outputs], normalisation: Normalisation) -> Labeller:
    """A network's graph as a labeller. run: normalised images to the network's outputs."""

    def labels(channels: NDArray[np.float32]) -> NDArray[np.uint8]:
        return np.asarray(run(normalisation(channels))["logits"].argmax(axis=1) * (channels[:, 4] > 0), np.uint8)

    return labels
