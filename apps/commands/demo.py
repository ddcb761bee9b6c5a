"""`squeezeseg demo`: the main job on a drive of its own making."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from apps import console
from apps.commands.segment import segment_frames
from apps.evaluation.examine import examine_saved
from apps.evaluation.tables import report
from apps.opening import as_loaded, load_segmenter, open_selected, spread
from apps.option_groups import Inference, takes
from apps.options import SHOWN_SEED

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings

MARK = "demo.json"
DRIVE, RUN, PICTURES = "drive", "run", "pictures"
DRAWN = 3


@takes(settings=Inference("model"))
def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="For all that it makes; what an earlier demo made goes.")
    ] = Path("demo"),
    frames: Annotated[int, typer.Option("--frames", metavar="N", min=1, help="Scans to simulate.")] = 10,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Another seed, another street.")] = SHOWN_SEED,
    *,
    settings: InferenceSettings,
) -> None:
    """Simulate a short drive, segment it, score it and draw it."""
    from apps.run_folder import RunFolder, resolved_settings
    from data.labels import class_map
    from data.simulator import simulate
    from squeezeseg.plotting.figures import draw_frame

    _clear(out, {"frames": frames, "seed": seed})
    with console.progress("simulating", frames) as progress:
        drive = simulate(out / DRIVE, frames, seed, progress=lambda done, _: progress(done))
    console.say(f"[bold]1[/bold] a simulated drive of {console.count(frames, 'scan')}: {escape(str(drive))}")

    source = open_selected(drive, settings)
    segmenter = load_segmenter(source, settings)
    with RunFolder(out / RUN, resolved_settings(source, segmenter), [".label"], resume=False) as run:
        run.about["inference"] = as_loaded(settings, segmenter).model_dump()
        segment_frames(run, source, segmenter)
    pace = run.about["speed"]["fps"]
    console.say(
        f"[bold]2[/bold] a label for each of {sum(run.as_dict()['points'].values()):,} points: "
        f"{escape(str(run.path / 'labels'))}" + (f" ({pace:.1f} frames/s)" if pace else "")
    )
    with console.progress("drawing", DRAWN) as progress:
        for done, frame in enumerate(spread(source.frames, DRAWN), start=1):
            scan = source.scan(frame)
            truth = source.truth(frame, scan, class_map("default"))
            draw_frame(out / PICTURES, frame.name, scan, segmenter(scan), truth)
            progress(done)
    console.say(f"[bold]3[/bold] pictures of {min(DRAWN, frames)} of them: {escape(str(out / PICTURES))}")
    console.say("[bold]4[/bold] scores:")
    report(examine_saved(source, run.path).result)
    console.say()
    for what, command in (
        ("label a drive of yours", ["segment", "YOUR/DRIVE"]),
        ("make a longer drive", ["simulate", "drives", "--frames", "100"]),
        ("all that can be set", ["segment", "--help"]),
    ):
        console.say(f"{what}: {escape(shlex.join(['squeezeseg', *command]))}", style="dim")


def _clear(out: Path, about: dict[str, int]) -> None:
    """Remove what an earlier demo left in `out`. Raises InputError if the folder is anybody else's."""
    from data.atomic import atomic_write
    from projection import InputError

    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: cannot be written (it is no folder); give another --out")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise InputError(f"{out}: not empty, and not made by 'squeezeseg demo'; give another --out")
    with atomic_write(out / MARK) as file:
        file.write(json.dumps(about).encode())
    for name in (DRIVE, RUN, PICTURES):
        shutil.rmtree(out / name, ignore_errors=True)
