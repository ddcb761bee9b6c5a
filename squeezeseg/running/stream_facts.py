"""The state of a live stream, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StreamFacts:
    """The state of a stream; rates and latencies are those of the last 100 scans, without the time until the first.

    state: for people, such as 'running', 'waiting for calibration 40 %', 'silent for 3 s', 'ended'.
    sensor_fps: complete scans a second.
    compute_fps: labelled scans a second if none had to be waited for: lanes / mean time of labelling one.
    pipeline_fps: labelled scans a second.
    latency_p50, latency_p99: milliseconds from a scan's last packet to its labels.
    scans, frames: complete scans, and labelled ones, since the start.
    drops: scans and frames that were lost, by place: 'loading' before the first was labelled, 'segmenter' later,
        'refused' by the segmenter, and by each subscriber's name.
    packets: the source's counters.

    A rate or latency is None while too few scans have come.
    """

    state: str
    sensor_fps: float | None
    compute_fps: float | None
    pipeline_fps: float | None
    latency_p50: float | None
    latency_p99: float | None
    scans: int
    frames: int
    drops: Mapping[str, int]
    packets: Mapping[str, int]
