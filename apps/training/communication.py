"""What the workers of a training run sent each other."""

from __future__ import annotations

from typing import Any

from apps import console
from squeezeseg.distributed.workers import Workers


def as_dict(workers: Workers) -> dict[str, Any]:
    """Bytes of a step and worker by purpose, as JSON has them.

    given: handed to collectives, mean of all steps, and in the last one. sent: what a ring sends of them, the mean.
    """
    traffic = workers.traffic
    steps = max(traffic.steps, 1)
    return {
        "workers": workers.size,
        "hook": workers.exchange.hook,
        "steps": traffic.steps,
        "bytes_a_step": {
            purpose: {
                "given": round(traffic.given[purpose] / steps),
                "given_in_last_step": traffic.last[purpose],
                "sent_in_a_ring": round(traffic.sent[purpose] / steps),
            }
            for purpose in sorted(traffic.given)
        },
    }


def say_traffic(workers: Workers) -> None:
    """Print the same as a table."""
    found = as_dict(workers)
    console.say()
    table = console.table("bytes a step and worker", "mean", "last step", "sent in a ring")
    for purpose, one in found["bytes_a_step"].items():
        name = f"{purpose} ({found['hook']})" if purpose == "gradients" else purpose
        table.add_row(name, *(f"{number:,}" for number in one.values()))
    console.show(table)
    console.say(
        f"counted where they go out, over {console.count(found['steps'], 'step')} of {found['workers']} workers",
        style="dim",
    )
