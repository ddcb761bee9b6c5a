"""The record of a search that found a network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class SearchRecord:
    """The record of a search, which goes with a network that it found.

    target: whose latencies it was found by: engine, precision, threads, processor. latency: the bound, in seconds.
    core_minutes: that the search took. seed: of it. command: that was given.
    correlation, error: of the latency table with networks timed whole, the error as a mean fraction; None where none
    were timed.

    Raises:
        ValueError: a number is out of its range.
    """

    target: str
    latency: float
    core_minutes: float
    seed: int
    command: str = ""
    correlation: float | None = None
    error: float | None = None

    def __post_init__(self) -> None:
        if not (self.latency > 0 and self.core_minutes >= 0):  # False for NaN
            raise ValueError(f"found within {self.latency} s by {self.core_minutes} core-minutes")

    def __str__(self) -> str:
        return f"{self.latency * 1e3:g} ms on {self.target}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
