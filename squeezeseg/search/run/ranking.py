"""The ranking of networks by what they do with shared weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from data.labels import CLASSES, IGNORE
from squeezeseg.evaluation.metrics import count_pairs, mean_iou
from squeezeseg.networks.build import Network
from squeezeseg.search.run.state import SearchState
from squeezeseg.search.space import Choices
from squeezeseg.training.batch import Batch


@dataclass(frozen=True)
class Ranked:
    """A network that was ranked.

    seconds: its latency, of the table. loss: on held-out samples, by which it is ranked. mean_iou: there, None where
    no object is in them.
    """

    choices: Choices
    seconds: float
    loss: float
    mean_iou: float | None


@torch.no_grad()
def settle(state: SearchState, network: Network, batches: Sequence[Batch]) -> None:
    """Estimate batch norm's statistics anew, as the mean over batches: those of shared weights are of no network."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    torch.manual_seed(0)  # for dropout
    for batch in batches:
        state.logits(network, batch)
    network.eval()


@torch.no_grad()
def rank(
    state: SearchState, choices: Choices, seconds: float, settling: Sequence[Batch], held: Sequence[Batch]
) -> Ranked:
    """Score a network on held-out batches."""
    network = state.shared.network(choices)
    settle(state, network, settling)
    losses, matrix = [], np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for batch in held:
        logits = state.logits(network, batch)
        losses.append(state.loss(logits, batch).item())
        labels, truth = logits.argmax(1).cpu().numpy().astype(np.uint8), batch.labels.cpu().numpy().astype(np.uint8)
        known = truth != IGNORE
        matrix += count_pairs(truth[known], labels[known], np.zeros(int(known.sum()), np.int64), 1, len(CLASSES))[0]
    mean = float(mean_iou(matrix))
    return Ranked(choices, seconds, float(np.mean(losses)), mean if np.isfinite(mean) else None)
