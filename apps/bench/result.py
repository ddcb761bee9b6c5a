"""The result of `squeezeseg bench`, as JSON has it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from data.sources import Source
from squeezeseg.engines.base import usable_cores
from squeezeseg.engines.instruction_set import SWITCH
from squeezeseg.engines.processor import NETWORK_FLAGS, describe
from squeezeseg.weights import ModelCard

if TYPE_CHECKING:
    from apps.bench.jobs import Findings, Measured
    from squeezeseg.profiling.benchmark import Run

FORMAT = "squeezeseg-bench/1"
SCAN = "from the scan in memory to its labels: projection, network, CRF, objects, back-projection; no files"
INCLUDES = {
    "latency": f"one scan at a time, all cores, {SCAN}",
    "throughput": f"a scan in each lane, all lanes at once, {SCAN}",
    "batches": f"so many scans to the GPU at once, {SCAN}",
    "eager": "forward passes of the network alone, one front view at a time; no projection, no CRF, no objects",
    "start_up": "from the start of a process to the first scan's labels, the best of the rounds: caches are warm",
    "cold_start_up": "the same of the default engine where neither kernels nor graphs are compiled yet",
    "times_eager": "frames/s of the lanes, front view, times the median of the eager passes: a neighbour that slowed "
    "some of these down makes it no larger",
    "peak_memory": "the peak resident set of that process: Python, libraries, network, and the scans in memory",
    "isa": f"OpenVINO kept to these instructions by its own switch, {SWITCH}; projection, CRF, objects have all that "
    "the processor has",
    "energy": "all processor packages, whoever used them meanwhile",
}
PACKAGES = ("numpy", "numba", "openvino", "onnxruntime", "torch")


def about_machine() -> dict[str, Any]:
    """The processor and what runs on it, before anything is measured."""
    processor = describe()
    return {
        "format": FORMAT,
        "machine": {
            "processor": processor.name,
            "cores": usable_cores(),
            "flags": [flag for flag in NETWORK_FLAGS if flag in processor.flags],
            "amx_usable": processor.amx,
            "load_average": round(os.getloadavg()[0], 2),
            "system": f"{platform.system()} {platform.release()}",
        },
        "versions": {"python": platform.python_version()} | _versions(),
    }


def about_source(source: Source, *, simulated: bool) -> dict[str, Any]:
    """The scans. Raises InputError if one can't be read."""
    points = int(np.median([len(scan) for scan in source]))
    about = {"name": source.name, "simulated": simulated, "scans": len(source), "points": points}
    return {"source": about | ({} if simulated else {"path": str(source.path)}), "sensor": source.sensor.name}


def about_model(card: ModelCard) -> dict[str, Any]:
    """The weights."""
    return {"model": {"file": card.file, "model": card.model, "checksum": card.checksum}}


def as_dict(findings: Findings, default: Mapping[str, Any]) -> dict[str, Any]:
    """All that was measured; `default` is what was found of the engine that runs where none is asked for."""
    eager = _eager(findings)
    return {
        "includes": INCLUDES,
        "eager": eager,
        "default": default.get("engine"),
        "cold_start_up_s": None if default.get("cold") is None else round(default["cold"], 1),
        "results": [_result(one, eager, default.get("engine")) for one in findings.measured],
        "left_out": [
            {
                "kind": job.kind,
                "engine": job.settings.engine,
                "precision": job.settings.precision,
                "isa": job.isa,
                "reason": reason,
            }
            for job, reason in findings.left_out
        ],
    }


def _result(one: Measured, eager: dict[str, Any] | None, default: str | None) -> dict[str, Any]:
    assert one.latency is not None
    assert one.throughput is not None
    settings = one.job.settings
    front = settings.view == "front" and eager is not None
    joules = one.throughput.joules
    return {
        "name": one.engine,
        "default": one.engine == default and one.job.isa is None,
        "isa": one.job.isa,
        "instructions": one.instructions,
        "engine": settings.engine,
        "precision": settings.precision,
        "view": settings.view,
        "latency": _run(one.latency) | {"threads": one.threads},
        "throughput": _run(one.throughput)
        | {
            "lanes": settings.lanes,
            "fps_by_round": [round(fps, 3) for fps in one.fps],
            "times_eager": {
                layout: round(one.throughput.fps * eager[layout]["ms"]["p50"] / 1e3, 2) for layout in eager["formats"]
            }
            if front and eager
            else None,
            "joules_per_scan": None if joules is None else round(joules / one.throughput.frames, 3),
        },
        "batches_fps": {size: round(fps, 3) for size, fps in one.batches.items()} or None,
        "start_up_s": round(min(one.start_up), 3),
        "peak_memory_mib": round(one.peak_memory / 2**20),
    }


def _run(run: Run) -> dict[str, Any]:
    stages = run.stages
    return {"scans": run.frames, "fps": round(run.fps, 3), "ms": stages.pop("total"), "stages_ms": stages}


def _eager(findings: Findings) -> dict[str, Any] | None:
    """The comparison by memory format, all of its runs together, and how they differed."""
    if not findings.eager:
        return None
    result: dict[str, Any] = {
        "precision": "float32",
        "formats": list(findings.eager),
        "shape": findings.eager_shape,
        "threads": findings.eager_threads,
    }
    for layout, runs in findings.eager.items():
        whole = sum(runs[1:], start=runs[0])
        result[layout] = {
            "passes": whole.frames,
            "ms": whole.stages["network"],
            "p50_by_round": [run.stages["network"]["p50"] for run in runs],
        }
    return result


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
