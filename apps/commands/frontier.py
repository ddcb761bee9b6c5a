"""`squeezeseg frontier`: networks of one training budget, by what they score and what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps.frontier.options import BudgetOptions, NetworkOptions, SetOptions, SpeedOptions
from apps.option_groups import takes
from apps.options import ClassMapOption, JsonOption


@takes(networks=NetworkOptions, budget=BudgetOptions, sets=SetOptions, speed=SpeedOptions)
def frontier(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE", help="Labelled drives to learn from. Without any, drives are simulated."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/frontier"),
    class_map: ClassMapOption = "default",
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Only draw and print again what RUN/frontier.jsonl holds.")
    ] = False,
    as_json: JsonOption = False,
    *,
    networks: NetworkOptions,
    budget: BudgetOptions,
    sets: SetOptions,
    speed: SpeedOptions,
) -> None:
    """Compare networks: train each with the same samples and steps, score it, time it, draw the Pareto front.

    Scores are those of the networks alone, without CRF and objects: it compares networks, not pipelines. Times are of
    one front view at a time, in OpenVINO.

    It goes on with what RUN holds. Started again in a second terminal, or on another machine with the same folder, it
    shares the work: each process takes the next network that nobody holds.
    """
    from apps.frontier.output import present
    from squeezeseg.frontier.records import read_records

    if redraw:
        present(read_records(out), out, as_json=as_json)
        return
    from apps.frontier import stages
    from data.labels import class_map as named
    from projection import InputError
    from squeezeseg.frontier.contestants import Contestant, of_seeds, trained_in
    from squeezeseg.frontier.failures import forget_errors
    from squeezeseg.frontier.records import write_records
    from squeezeseg.frontier.results import gather
    from squeezeseg.frontier.standing import best
    from squeezeseg.frontier.training import check_budget

    asked, settings, classes = stages.chosen(networks), stages.budget_of(budget.given), named(class_map)
    with stages.told_how_to_go_on(out):
        tests = stages.test_sets(sets, out)
        opened, samples = stages.prepare(sources or [], sets, out, class_map)

        forget_errors([*asked, *trained_in(out)], out)

        def compare(some: list[Contestant]) -> list[Contestant]:
            """With those of earlier commands, which stay in the result."""
            some = list(dict.fromkeys([*some, *trained_in(out)]))
            check_budget(some, settings, samples, out)
            stages.train_networks(some, settings, samples, out, opened[0])
            stages.score_networks(some, tests, samples, out, classes, int8="int8" in speed.precisions)
            return some

        compared = compare(asked)
        if networks.second_seed_for:
            first = gather(asked, out, settings, tests, None)
            seed = max(one.seed for one in asked) + 1
            chosen = best(first, networks.second_seed_for)
            compared = compare(
                [*asked, *of_seeds([one for name in chosen for one in asked if one.model == name], [seed])]
            )
        with stages.only_one(out, "times the networks"):
            timings = stages.time_networks(compared, samples, out, speed)
            records = gather(compared, out, settings, tests, timings)
            write_records(out, records)
    if all(one.error is not None for one in records):
        raise InputError(f"{out}: no network could be trained; the first: {records[0].error}")
    present(records, out, as_json=as_json)
