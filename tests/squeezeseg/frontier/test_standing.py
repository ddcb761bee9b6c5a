"""Where networks stand."""

from __future__ import annotations

import pytest

from projection import InputError
from squeezeseg.frontier.records import Record, read_records, write_records
from squeezeseg.frontier.standing import Spread, best, better, front_of, mean_iou, standings
from squeezeseg.profiling.interleave import Latency


def record(model, seed=0, iou=0.5, int8=None, ms=None, **fields):
    scores = {"float32": {"car": 0.9, "mean": iou}} | ({} if int8 is None else {"int8": {"car": 0.9, "mean": int8}})
    times = {name: Latency(value, value, value, 1) for name, value in (ms or {"float32": 10.0}).items()}
    sizes = {"float16": 200, "int8": 100}
    return Record(model, seed, 1, 2, 3, 4, bytes=sizes, iou={"simulated": scores}, ms=times, **fields)


def test_each_stands_in_the_precision_that_costs_it_least_and_is_scored():
    networks = [
        record("a", iou=0.5, int8=0.4, ms={"float32": 10.0, "int8": 5.0}),
        record("b", iou=0.5, int8=0.4, ms={"bfloat16": 4.0, "int8": 5.0}),
        record("c", iou=0.5, ms={"float32": 10.0, "int8": 5.0}),
    ]

    def found(cost):
        return [(one.model, one.precision, one.iou.mean, one.cost) for one in standings(networks, "simulated", cost)]

    assert found("ms") == [("b", "bfloat16", 0.5, 4.0), ("a", "int8", 0.4, 5.0), ("c", "float32", 0.5, 10.0)]
    assert found("bytes") == [("a", "int8", 0.4, 100), ("b", "int8", 0.4, 100), ("c", "float32", 0.5, 200)]
    assert found("energy_mj") == []
    assert standings(networks, "real") == []


def test_seeds_are_averaged_and_their_range_is_told():
    seeds = [record("a", 0, 0.5), record("a", 1, 0.6), record("a", 2, 0.7)]
    assert mean_iou(seeds, "simulated", "bfloat16") == Spread(pytest.approx(0.6), 0.5, 0.7, 3)
    assert mean_iou(seeds, "simulated", "int8") is None
    assert mean_iou(seeds, "simulated", "float32", "cyclist") is None
    assert [one.iou.seeds for one in standings(seeds, "simulated")] == [3]


def test_who_beats_squeezeseg_is_as_fast_and_scores_higher():
    networks = standings(
        [
            record("squeezeseg", iou=0.5, ms={"int8": 9.0, "float32": 10.0}),
            record("slower", iou=0.9, ms={"float32": 11.0}),
            record("worse", iou=0.4, ms={"float32": 1.0}),
            record("equal", iou=0.6),
            record("faster", iou=0.7, ms={"float32": 1.0}),
            record("failed", error="no"),
        ],
        "simulated",
    )
    assert [one.model for one in better(networks)] == ["faster", "equal"]
    assert better(networks, "nobody") == []
    assert [one.model for one in front_of(networks)] == ["faster", "slower"]
    assert front_of([]) == []


def test_the_best_are_chosen_in_float():
    assert best([record("a", iou=0.3), record("b", iou=0.5), record("c", iou=0.4, int8=0.9)], 2) == ["b", "c"]


def test_records_are_lines_that_can_be_read_again(tmp_path):
    records = [record("a", energy_mj={"int8": 0.5}, train_seconds=3.5), Record("b", 1, 1, 2, 3, 4, error="no")]
    path = write_records(tmp_path, records)
    assert len(path.read_text().splitlines()) == 2
    assert read_records(tmp_path) == records


@pytest.mark.parametrize("text", [None, "", "{}\n", '{"model": 1}\n', "no"])
def test_no_result_is_a_line(tmp_path, text):
    if text is not None:
        (tmp_path / "frontier.jsonl").write_text(text)
    with pytest.raises(InputError, match=r"frontier\.jsonl: .*--redraw"):
        read_records(tmp_path)
