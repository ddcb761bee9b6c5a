"""The log of a search, read again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from projection import InputError
from squeezeseg.search.run.ranking import Ranked

STEPS = ("weights", "architecture", "distribution")
"""Phases whose entries are of a step; the other one is 'ranking'."""


@dataclass
class Log:
    """What a log says.

    loss: of the weights' steps, and the latency of the network they trained: (step, loss, seconds).
    compared: of the architecture's steps, the means over the networks compared: (step, loss, seconds).
    distributions: (step, probabilities of each decision's options). ranked: in the order of ranking.
    """

    loss: list[tuple[int, float, float]] = field(default_factory=list)
    compared: list[tuple[int, float, float]] = field(default_factory=list)
    distributions: list[tuple[int, list[list[float]]]] = field(default_factory=list)
    ranked: list[Ranked] = field(default_factory=list)


def read_log(path: Path) -> Log:
    """Read a log. Raises InputError where it can't be."""
    log = Log()
    try:
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            match entry["phase"]:
                case "weights":
                    log.loss.append((entry["step"], entry["loss"], entry["seconds"]))
                case "architecture":
                    losses, times = entry["losses"], entry["seconds"]
                    log.compared.append((entry["step"], sum(losses) / len(losses), sum(times) / len(times)))
                case "distribution":
                    log.distributions.append((entry["step"], entry["probabilities"]))
                case "ranking":
                    choices = tuple(entry["choices"])
                    log.ranked.append(Ranked(choices, entry["seconds"], entry["loss"], entry["mean_iou"]))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); give the folder of a search") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: no log of a search; give the folder of one") from None
    return log
