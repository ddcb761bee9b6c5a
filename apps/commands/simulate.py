"""`squeezeseg simulate`: a labelled drive out of nothing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from apps import console
from apps.options import SHOWN_SEED, JsonOption, RayOption

if TYPE_CHECKING:
    from data.simulator.drive import WholeStreet
    from data.sources import Source
    from projection import Sensor


def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the drive.")],
    frames: Annotated[int, typer.Option("--frames", metavar="N", help="How many scans.")] = 20,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="The same seed makes the same drive.")] = SHOWN_SEED,
    scene_per: Annotated[
        int, typer.Option("--scene-per", metavar="K", help="Frames after which another street begins.")
    ] = 20,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", help="Time between two scans; more, and they differ more.")
    ] = 0.1,
    sensor: Annotated[
        list[str] | None,
        typer.Option(
            "--sensor",
            metavar="NAME|FILE",
            show_default="KITTI's HDL-64E",
            help="Whose scans: a preset, or a .yaml file; of several, each gets a drive in a folder of its name.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes, each with a street of its own; else one a core."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Also plot and count what the scans look like, into OUT.")
    ] = False,
    real: Annotated[
        list[Path] | None,
        typer.Option(
            "--real", metavar="SOURCE", help="Real scans, of the sensor, to hold the report against; can be repeated."
        ),
    ] = None,
    camera: Annotated[
        bool,
        typer.Option("--camera", help="Pictures of the camera instead of scans, in the layout of KITTI's object data."),
    ] = False,
    ray: RayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a labelled drive through simulated streets, in KITTI raw's layout."""
    if camera:
        _pictures(
            out,
            frames,
            seed,
            scene_per,
            interval,
            workers,
            other=report or bool(sensor) or ray is not None,
            as_json=as_json,
        )
        return
    from data.sensor_conditions import PLAIN
    from data.sensor_file import load_conditions, load_sensor
    from data.simulator import simulate as make
    from data.sources import open_source
    from projection import InputError

    if real and not report:
        raise InputError("--real is what a report compares with: add --report")
    if report and len(sensor or []) > 1:
        raise InputError("--report is of one sensor: simulate the others without it")
    spread = None if ray is None else partial(_on_ray, ray, workers)
    workers = workers or _workers(frames)
    sensors: list[Sensor | None] = [load_sensor(one) for one in sensor or []]
    names = [one.name for one in sensors if one is not None]
    if len(set(names)) < len(names):
        raise InputError("--sensor: two of one name, and each drive is in a folder of its sensor's name")
    others = [open_source(path, sensor=sensors[0] if sensors else None) for path in real or []]
    conditions = [load_conditions(one) for one in sensor or []]
    drives = []
    for one, seen in zip(sensors or [None], conditions or [PLAIN], strict=True):
        folder = out / one.name if one is not None and len(sensors) > 1 else out
        with console.progress("simulating" if one is None else f"simulating {one.name}", frames) as progress:
            drives.append(
                make(
                    folder, frames, seed, scene_per, interval,
                    progress=lambda done, _: progress(done), workers=workers, spread=spread, sensor=one,
                    conditions=seen,
                )
            )  # fmt: skip
    sources = [open_source(drive) for drive in drives]
    counts = [_objects(source) for source in sources]
    compared = _report(out, sources[0], others) if report else None
    if as_json:
        told = [
            {"drive": str(source.path), "sensor": source.base_sensor.name, "frames": len(source), "objects": count}
            for source, count in zip(sources, counts, strict=True)
        ]
        first = {name: told[0][name] for name in ("drive", "frames", "objects")} | {"seed": seed}
        console.print_json(first | ({"drives": told} if sensors else {}) | ({"report": compared} if compared else {}))
        return
    for source, count in zip(sources, counts, strict=True):
        listed = ", ".join(f"{number} {kind}" for kind, number in count.items()) or "nobody"
        console.say(f"[bold]{console.count(len(source), 'frame')}[/bold] with {listed}")
        console.say(f"written to [bold]{escape(str(source.path))}[/bold]")
    if compared:
        _tell(out, compared)
    for source in sources:
        console.say(f"next: {escape(shlex.join(['squeezeseg', 'eval', str(source.path)]))}", style="dim")


def _objects(source: Source) -> dict[str, int]:
    """How many of each kind there are."""
    objects: dict[str, set[int]] = {}
    for frame in source.frames:
        for box in source.boxes(frame) or ():
            objects.setdefault(box.kind, set()).add(box.track)
    return {kind: len(tracks) for kind, tracks in sorted(objects.items())}


def _workers(frames: int) -> int:
    # Starting a process costs as much as a few dozen scans.
    return len(os.sched_getaffinity(0)) if frames >= 100 else 1


def _pictures(
    out: Path, frames: int, seed: int, scene_per: int, interval: float, workers: int | None, *, other: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Write pictures, and say what is in them. other: whether options were given that are of scans alone."""
    from collections import Counter

    from data.kitti.object_labels import read_object_labels
    from data.simulator import simulate_pictures
    from projection import InputError

    if other:
        raise InputError("--camera makes pictures; --report, --sensor and --ray are for scans: leave them out")
    with console.progress("taking pictures", frames) as progress:
        folder = simulate_pictures(
            out, frames, seed, scene_per, interval, progress=progress, workers=workers or _workers(frames)
        )
    files = sorted((folder / "label_2").glob("*.txt"))
    count = dict(sorted(Counter(label.kind for file in files for label in read_object_labels(file)).items()))
    if as_json:
        console.print_json({"pictures": str(folder), "frames": len(files), "seed": seed, "objects": count})
        return
    listed = ", ".join(f"{number} {kind}" for kind, number in count.items()) or "nobody"
    console.say(f"[bold]{console.count(len(files), 'picture')}[/bold] with {listed}")
    console.say(f"written to [bold]{escape(str(folder))}[/bold]")


def _on_ray(
    address: str, workers: int | None, work: Callable[[int], WholeStreet], firsts: Sequence[int]
) -> Iterator[WholeStreet]:
    """Streets in their order, by `workers` of Ray, or one a core."""
    from squeezeseg.cluster import pool

    with closing(pool.run_in_session(address, partial(_unchanged, work), firsts, workers)) as outcomes:
        for outcome in outcomes:
            if outcome.result is None:
                assert outcome.error is not None
                raise outcome.error
            yield outcome.result


def _unchanged(work: Callable[[int], WholeStreet]) -> Callable[[int], WholeStreet]:
    return work


def _report(out: Path, simulated: Source, real: list[Source]) -> dict[str, Any]:
    """Measure and compare, with a progress line for each source."""
    from apps.drawing.simulation_report import write_report
    from data.simulator.statistics import SCANS, measure

    measured = []
    for source, name in [(simulated, "simulated"), *((one, one.name) for one in real)]:
        with console.progress(f"measuring {name}", min(len(source), SCANS)) as progress:
            measured.append(measure(source, name, progress))
    return write_report(out, measured[0], measured[1:])


def _tell(out: Path, report: dict[str, Any]) -> None:
    from apps.drawing.simulation_report import ALONE, PLOTS

    for other in report["differences"]:
        differs = ", ".join(f"{name} {value:.2f}" for name, value in other["intensity"].items() if value is not None)
        console.say(f"intensities against {escape(other['with'])}, 0 alike to 1 no overlap: {differs}")
    if not report["differences"]:
        console.say(ALONE)
    console.say(f"report: [bold]{escape(str(out / PLOTS))}[/bold] and the numbers beside it")
