"""Kinds of streets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of street.

    lanes: per direction. parking: shares of the kerb taken by parked cars and of kerbs where they stand across.
    walk: width of the pavement. setback: of the houses from it. houses: share of the frontage, and range of heights.
    border: share of the frontage with hedge, fence or wall. green: trees and bushes per 100 m and side.
    clutter: poles, signs, bins ... per 100 m and side. people, cyclists: mean number; traffic: cars per 100 m.
    speed: of the traffic, m/s.
    """

    name: str
    share: float
    lanes: int
    parking: tuple[float, float]
    walk: tuple[float, float]
    setback: tuple[float, float]
    houses: tuple[float, float, float]
    border: float
    green: float
    clutter: float
    people: float
    cyclists: float
    traffic: float
    speed: tuple[float, float]


KINDS = (
    Kind("residential", 0.34, 1, (0.55, 0.08), (1.0, 2.5), (0.3, 4), (0.85, 4, 10), 0.75, 26, 14, 6, 2.4, 1.2, (2, 9)),
    Kind("canyon", 0.18, 1, (0.55, 0.08), (1.2, 3.5), (0, 0.5), (0.96, 9, 18), 0.05, 8, 16, 8, 2.6, 1.8, (2, 9)),
    Kind("arterial", 0.14, 2, (0.15, 0.03), (1.2, 3.5), (1, 7), (0.75, 5, 15), 0.5, 28, 16, 6, 2.6, 4.0, (5, 14)),
    Kind("country", 0.10, 1, (0.05, 0.0), (0.3, 1.0), (3, 18), (0.3, 4, 8), 0.35, 40, 8, 3, 2.0, 1.5, (8, 17)),
    Kind("square", 0.15, 1, (0.2, 0.2), (3.0, 8.0), (0, 3), (0.9, 7, 16), 0.1, 14, 22, 12, 3.4, 1.0, (1, 6)),
    Kind("lot", 0.09, 1, (0.7, 1.0), (1.0, 3.0), (4, 26), (0.65, 4, 12), 0.5, 18, 10, 6, 2.2, 0.8, (1, 4)),
)
