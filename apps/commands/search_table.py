"""`squeezeseg search table`: the latencies of a search space's layers on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption

if TYPE_CHECKING:
    from squeezeseg.search.table.latency_table import LatencyTable

_BUSY = 0.3
"""Load on a core above which times are not to be trusted."""
_HEIGHT, _WIDTHS = 64, {"front": 512, "full": 2048}


def search_table(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The table; gone on with if it is there.")] = Path(
        "latencies.json"
    ),
    space: Annotated[str, typer.Option("--space", metavar="NAME", help="Space whose layers are timed.")] = "range",
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME", help="Also this network's; may be given again.")
    ] = None,
    engine: Annotated[
        Literal["openvino", "onnxruntime"], typer.Option("--engine", help="What will run the network.")
    ] = "openvino",
    precision: Annotated[
        Literal["int8", "bfloat16", "float32"] | None,
        typer.Option("--precision", show_default="the engine's smallest", help="What it will compute in."),
    ] = None,
    threads: Annotated[
        int, typer.Option("--threads", metavar="N", min=1, help="Threads of one network: 1, as each lane has.")
    ] = 1,
    isa: Annotated[
        Literal["avx2", "avx512", "amx"] | None,
        typer.Option("--isa", help="Keep OpenVINO to these instructions, as other processors have them."),
    ] = None,
    view: Annotated[Literal["front", "full"], typer.Option("--view", help="The size of the image.")] = "front",
    minutes: Annotated[
        float | None,
        typer.Option("--time", metavar="MINUTES", min=0, help="Begin no more layers after so long."),
    ] = None,
    networks: Annotated[
        int,
        typer.Option("--networks", metavar="N", min=0, help="Networks to hold the table against; 0 for none."),
    ] = 30,
    as_json: JsonOption = False,
) -> None:
    """Time every layer of a search space on this machine, in the engine that will run the network.

    A network's latency is then the sum of its layers', corrected by a line; how well it is told is found on random
    networks of the space, which are timed whole. Each layer is timed once, alone, between cheap convolutions whose own
    time is taken off. Times are of the fastest runs, in processor time where there is one thread: other work on the
    machine disturbs them little, but through caches. What FILE holds is not timed again.
    """
    from projection import InputError
    from squeezeseg.engines import installed, instruction_set, processor

    for library, why in (("torch", "export"), (engine, engine)):
        if not installed(library):
            raise InputError(f"a latency table needs {library}: pip install 'squeezeseg[{why}]'")
    if isa is not None:
        has = processor.describe().instruction_sets
        if engine != "openvino":
            raise InputError(f"--isa: {engine} has no switch for it; leave out --isa")
        if isa not in has:
            raise InputError(f"--isa {isa}: this processor can't; it has {', '.join(has) or 'none of them'}")
        os.environ.update(instruction_set.switch(isa))  # before the library is loaded
    import numpy as np

    from squeezeseg.networks import architecture
    from squeezeseg.search.layer_case import cases_of
    from squeezeseg.search.space import named_space
    from squeezeseg.search.table import measuring
    from squeezeseg.search.table.networks import lanes_of
    from squeezeseg.search.table.target import PRECISIONS, Target

    chosen, width = named_space(space), _WIDTHS[view]
    lanes_of(threads)
    measuring.check_networks(networks)
    target = Target.here(engine, precision or PRECISIONS[engine][0], threads)
    cases = dict.fromkeys(chosen.cases(_HEIGHT, width))
    for name in model or []:
        cases |= dict.fromkeys(cases_of(architecture(name), _HEIGHT, width))
    table = measuring.begin(out, target, _HEIGHT, width)
    load = os.getloadavg()[0]
    seconds = float("inf") if minutes is None else 60 * minutes
    with console.progress("timing layers", len(cases)) as progress:
        table = measuring.measure(table, list(cases), seconds=seconds, progress=progress)
    missing = sum(case not in table.times for case in cases)
    if networks and not missing and (table.validation is None or table.validation.networks != networks):
        random = np.random.default_rng(0)
        drawn = [chosen.draw(random) for _ in range(networks)]
        with console.progress("timing networks", 2 * networks) as progress:
            table = measuring.validated(table, drawn, progress)
    if as_json:
        console.print_json(_as_dict(table, missing))
    else:
        _report(table, missing)
    if load > _BUSY * (os.cpu_count() or 1):
        console.warn(f"the machine was busy before it began (load {load:.1f}): take these for a little too slow")


def _as_dict(table: LatencyTable, missing: int) -> dict[str, Any]:
    from squeezeseg.search.table.latency_table import about

    return {"file": str(table.path), "cases": len(table.times), "missing": missing, **about(table)}


def _report(table: LatencyTable, missing: int) -> None:
    console.say(f"[bold]{escape(str(table.path))}[/bold]: {escape(str(table.target))}")
    sizes = f"images of {table.height} x {table.width}"
    console.say(f"{console.count(len(table.times), 'layer')}, {sizes}; {console.count(missing, 'layer')} to go")
    if missing:
        console.warn("the table is not complete: give the same command again, and it goes on")
    if table.validation is None or table.correction is None:
        return
    line, found = table.correction, table.validation
    console.say(f"a network takes {line.overhead * 1e3:.3f} ms and {line.factor:.3f} times the sum of its layers")
    shown = console.table(
        "", "sum ms", "told", "measured", "error", title=f"{found.networks} random networks, timed whole"
    )
    for number, (total, measured) in enumerate(sorted(zip(found.sums, found.measured, strict=True)), start=1):
        told = line.corrected(total)
        cells = (f"{total * 1e3:.2f}", f"{told * 1e3:.2f}", f"{measured * 1e3:.2f}", f"{told / measured - 1:+.1%}")
        shown.add_row(str(number), *cells)
    console.show(shown)
    console.say(
        f"correlation {found.r:.4f}; mean error {found.mean_error:.1%}, largest {found.largest_error:.1%}, each told "
        f"by the line of the others; without a line {found.plain_error:.1%}"
    )
    if not found.good:
        console.warn("that is not good enough to search by: wanted 0.98 and 10 %; measure anew on a quiet machine")
