"""squeezeseg eval."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from helpers.models import float_graph
from oracles.iou import IoUEvaluator

from data.labels import class_map
from data.sources import open_source
from squeezeseg.weights import load_weights, save_model

CLASSES = ("car", "pedestrian", "cyclist")
MEASURED_ON_THE_FLY = {"stages_ms", "predictions", "reliability", "coverage"}


@pytest.fixture(autouse=True)
def _reflectance(reflectance):
    pass


def independent(path, labels_of):
    """Scores by the reference evaluator. labels_of: (frame, scan) -> labels."""
    source, evaluator = open_source(path), IoUEvaluator()
    for frame in source.frames:
        scan = source.scan(frame)
        evaluator.add(source.truth(frame, scan, class_map("default")), labels_of(frame, scan), scan.points[:, :3])
    return evaluator


def assert_equal_scores(result, evaluator):
    for key, values in zip(("iou", "precision", "recall"), evaluator.scores(), strict=True):
        for name, value in zip(CLASSES, values[1:], strict=True):
            assert result[key][name] == (None if value is None else pytest.approx(value, abs=1e-6)), (key, name)
    for counts, iou in zip(evaluator.counts, result["by_distance"].values(), strict=True):
        expected, _, _ = evaluator.scores(counts)
        for name, value in zip(CLASSES, expected[1:], strict=True):
            assert iou[name] == (None if value is None else pytest.approx(value, abs=1e-6))
    np.testing.assert_array_equal(result["confusion"]["rows_are_truth"], evaluator.counts.sum(axis=0).T)
    assert result["unscored"] == pytest.approx(evaluator.ignored / evaluator.points, abs=1e-6)
    assert result["points"] == evaluator.points


@pytest.mark.parametrize("view", ["full", "front"])
def test_equals_an_independent_evaluator(drive, cli, view):
    outcome = cli("eval", drive, "--view", view, "--json")
    segment = segmenter(sensor=open_source(drive).sensor, view=view)
    result = json.loads(outcome.out)
    assert_equal_scores(result, independent(drive, lambda _, scan: segment(scan).labels))
    assert 0.5 < result["iou"]["car"] < 1
    assert result["truth_points"]["pedestrian"] == 0


def test_saved_labels_score_the_same(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run")
    fresh = json.loads(cli("eval", drive, "--json").out)
    saved = json.loads(cli("eval", drive, "--predictions", tmp_path / "run", "--json").out)
    assert saved["predictions"] == str(tmp_path / "run")
    for key in fresh.keys() - MEASURED_ON_THE_FLY:
        assert saved[key] == fresh[key], key
    assert saved["reliability"] is None


@pytest.mark.parametrize("inner", ["", "clouds"])
def test_saved_clouds_score_the_same(drive, tmp_path, cli, inner):
    cli("segment", drive, "--out", tmp_path / "run", "--format", ".ply")
    fresh = json.loads(cli("eval", drive, "--json").out)
    saved = json.loads(cli("eval", drive, "--predictions", tmp_path / "run" / inner, "--json").out)
    for key in (fresh.keys() - MEASURED_ON_THE_FLY) | {"reliability"}:
        assert saved[key] == fresh[key], key


def test_saved_files_that_no_run_tells_of(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--format", ".npz")
    (tmp_path / "run" / "clouds").rename(tmp_path / "mine")
    fresh = json.loads(cli("eval", drive, "--json").out)
    saved = json.loads(cli("eval", drive, "--predictions", tmp_path / "mine", "--json").out)
    assert saved["iou"] == fresh["iou"]
    assert (
        cli("eval", drive, "--predictions", tmp_path / "mine", "--html", tmp_path / "a.html", "--pictures", 0).status
        == 0
    )
    outcome = cli("eval", tmp_path / "mine")
    assert (outcome.status, f"--predictions {tmp_path / 'mine'}" in outcome.err) == (2, True)
    outcome = cli("eval", drive, "--predictions", tmp_path)
    assert (outcome.status, "no labels in it" in outcome.err) == (2, True)


def test_json_has_the_agreed_keys(drive, tmp_path, cli):
    result = json.loads(cli("eval", drive, "--json", "--out", tmp_path / "scores.json").out)
    assert {"frames", "iou", "precision", "recall", "by_distance", "mean_iou", "confusion", "unscored"} <= set(result)
    assert list(result["by_distance"]) == ["0-15", "15-30", "30+"]
    assert list(result["iou"]) == list(CLASSES)
    assert result["frames"] == 3
    assert result["weights"]["checksum"] == "0" * 64
    assert result["view"] == [180.0, -180.0]
    assert json.loads((tmp_path / "scores.json").read_text()) == result


def test_tables_are_in_per_cent(drive, cli):
    outcome = cli("eval", drive, "--no-objects")
    iou = json.loads(cli("eval", drive, "--no-objects", "--json").out)["iou"]["car"]
    row = next(line.split() for line in outcome.out.splitlines() if line.startswith("IoU "))
    assert row == ["IoU", f"{100 * iou:.1f}", "-", "-", f"{100 * iou:.1f}"]
    assert "not scored" in outcome.out


def test_a_bad_scan_is_skipped_and_named(drive, cli):
    bad = drive / "velodyne_points" / "data" / "0000000001.bin"
    bad.write_bytes(b"123")
    outcome = cli("eval", drive, "--json")
    result = json.loads(outcome.out)
    assert result["frames"] == 2
    assert outcome.err.startswith(f"warning: {bad}: ")
    assert len(result["failed"]) == 1


def test_strict_stops_at_a_bad_scan(drive, cli):
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(b"123")
    assert cli("eval", drive, "--strict").status == 2


def test_a_class_map_decides_what_counts(drive, cli):
    tracklets = drive / "tracklet_labels.xml"
    tracklets.write_text(tracklets.read_text().replace("Car", "Tram"))
    default, published = (
        json.loads(cli("eval", drive, "--json", "--class-map", name).out) for name in ("default", "squeezeseg")
    )
    assert default["unscored"] > published["unscored"]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["kitti_object", "semantic_kitti", "kitti_raw/2011_09_26/2011_09_26_drive_0001_sync"])
def test_real_scans_score_as_by_the_independent_evaluator(real, cli, part):
    result = json.loads(cli("eval", real / part, "--frames", ":3", "--json").out)
    segment = segmenter(sensor=open_source(real / part).sensor)
    source, evaluator = open_source(real / part), IoUEvaluator()
    for frame in source.frames[:3]:
        scan = source.scan(frame)
        truth = source.truth(frame, scan, class_map("default"))
        evaluator.add(truth, segment(scan).labels, scan.points[:, :3])
    assert_equal_scores(result, evaluator)


def test_scores_are_written_over_older_ones(drive, tmp_path, cli):
    (tmp_path / "scores.json").write_text("{}")
    assert cli("eval", drive, "--out", tmp_path / "scores.json").status == 0
    assert json.loads((tmp_path / "scores.json").read_text())["frames"] == 3


def test_what_saved_labels_make_void_is_told(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run")
    outcome = cli("eval", drive, "--predictions", tmp_path / "run", "--view", "front")
    assert outcome.err == "warning: --view has no effect on labels that are saved\n"
    assert cli("eval", drive, "--predictions", tmp_path / "run").err == ""


def test_no_number_is_cut_off_in_a_narrow_terminal(drive, cli, monkeypatch):
    monkeypatch.setattr("apps.console._stdout.width", 30)
    wide = [line.split() for line in cli("eval", drive).out.splitlines()]
    assert not any("…" in word for line in wide for word in line)


def test_labels_that_all_frames_share_are_told_once(drive, cli):
    (drive / "tracklet_labels.xml").write_text("<boost")
    outcome = cli("eval", drive)
    assert outcome.status == 2
    assert outcome.err.count("tracklet_labels.xml") == 1


def test_a_short_list_of_warnings(tmp_path, cli, drive):
    for number in range(3, 12):
        (drive / "velodyne_points" / "data" / f"{number:010d}.bin").write_bytes(b"123")
    outcome = cli("eval", drive, "--json")
    assert len(json.loads(outcome.out)["failed"]) == 9
    assert outcome.err.count("(skipped)\n") == 5
    assert "4 more frames can't be read" in outcome.err


def test_pixels_are_scored_as_well(drive, cli):
    points, seen = (json.loads(cli("eval", drive, "--json", "--per", per).out) for per in ("point", "pixel"))
    assert (points["per"], seen["per"]) == ("point", "pixel")
    assert seen["truth_points"]["car"] < points["truth_points"]["car"]
    assert seen["points"] < points["points"]


def test_scores_rest_on_counted_objects(drive, cli):
    result = json.loads(cli("eval", drive, "--json").out)
    assert result["objects"]["truth_from"] == "given"
    assert result["objects"]["car"]["truth"] == result["objects"]["car"]["detected"] == 3
    assert result["intervals"]["unit"] == "frames"
    low, high = result["intervals"]["iou"]["car"]
    assert low <= result["iou"]["car"] <= high
    assert 0 < result["reliability"]["all"]["ece"] < 1
    assert result["coverage"][0]["below"] == 0


def test_the_worst_frames_are_drawn_without_a_page_too(drive, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = cli("eval", drive, "--pictures", "2", "--json")
    worst = [one["name"] for one in json.loads(outcome.out)["worst_frames"][:2]]
    drawn = {path.name for path in (tmp_path / "runs" / "2011_09_26_drive_0009-worst").iterdir()}
    assert drawn == {f"{name}_{kind}.png" for name in worst for kind in ("range", "above")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pictures", "-1"), "pictures -1: must be 0 or more"),
        (("--html", "."), "cannot be written"),
        (("--per", "object"), "'object' is not one of"),
    ],
)
def test_options_that_make_no_sense_are_refused(drive, cli, options, message):
    outcome = cli("eval", drive, *options)
    assert outcome.status == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "view", "origin"),
    [("kitti_object", "front", "given"), ("semantic_kitti", "full", "given"), ("squeezeseg_npy", "full", "connected")],
)
def test_real_objects_are_counted(real, cli, part, view, origin):
    result = json.loads(cli("eval", real / part, "--view", view, "--frames", "0:9000", "--every", "2", "--json").out)
    objects = result["objects"]
    assert objects["truth_from"] == origin
    assert objects["car"]["truth"] > 5
    for name in CLASSES:
        assert sum(part["truth"] for part in objects[name]["by_distance"].values()) == objects[name]["truth"]
        assert sum(part[name] for part in result["points_by_distance"].values()) == result["truth_points"][name]


def test_scores_are_recorded_in_the_weights_by_the_code_that_measured_them(drive, tmp_path, cli):
    file = tmp_path / "w.safetensors"
    save_model(file, load_weights("fast"))
    before = load_weights(file)
    outcome = cli("eval", drive, "--model", file, "--record", "a drive", "--json")
    assert outcome.status == 0, outcome.err
    result, after = json.loads(outcome.out), load_weights(file)
    assert after.card.scores["a drive"]["iou"] == result["iou"]
    assert after.card.scores["a drive"]["truth_points"] == result["truth_points"]
    assert after.card.checksum == before.card.checksum
    assert set(after.card.scores) == {*before.card.scores, "a drive"}


@pytest.mark.parametrize(
    ("options", "reason"),
    [(("--predictions", "run"), "saved labels"), (("--model", "w.onnx"), "a graph")],
)
def test_scores_that_cannot_be_recorded(drive, tmp_path, cli, monkeypatch, options, reason):
    monkeypatch.chdir(tmp_path)
    cli("segment", drive, "--out", "run")
    Path("w.onnx").write_bytes(float_graph("fast"))
    outcome = cli("eval", drive, "--record", "a drive", *options)
    assert outcome.status == 2
    assert reason in outcome.err


def relabel(drive, change):
    file = drive / "tracklet_labels.xml"
    file.write_text(change(file.read_text()))


def test_labels_that_are_not_known_are_told_with_their_counts(drive, cli):
    relabel(drive, lambda text: text.replace(">Car<", ">tree<"))
    outcome = cli("eval", drive)
    assert "labels that are not known, and not scored: tree (3 boxes)" in outcome.err
    assert "no labelled frame has a point of car, pedestrian, cyclist, so there is no IoU" in outcome.err
    assert "labels in the ground truth that are not known, and not scored: tree (3)" in outcome.out
    assert json.loads(cli("eval", drive, "--json").out)["unknown_labels"] == {"tree": 3}


def test_the_case_of_a_label_makes_no_difference(drive, cli):
    expected = json.loads(cli("eval", drive, "--json").out)["iou"]
    relabel(drive, lambda text: text.replace(">Car<", ">car<"))
    assert json.loads(cli("eval", drive, "--json").out)["iou"] == expected


@pytest.mark.parametrize(
    ("ids", "says"),
    [([0], "only 0, unlabelled"), ([301], "only labels that are not known: 301"), ([9, 1, 6], "learning ids")],
)
def test_labels_of_which_no_point_counts_are_an_error(tmp_path, cli, ids, says):
    folder = tmp_path / "sequences" / "08"
    for part in ("velodyne", "labels"):
        (folder / part).mkdir(parents=True)
    for number in range(2):
        points = street(number)
        points.tofile(folder / "velodyne" / f"{number:06d}.bin")
        np.resize(np.array(ids, "<u4"), len(points)).tofile(folder / "labels" / f"{number:06d}.label")
    outcome = cli("eval", folder)
    assert (outcome.status, outcome.out) == (2, "")
    assert says in outcome.err.splitlines()[-1]


def test_precision_and_recall_say_of_what(drive, cli):
    text = cli("eval", drive).out
    for word in ("point precision", "point recall", "predicted"):
        assert word in text
    assert "shown" not in text
    rows = text.splitlines()
    header = next(k for k, line in enumerate(rows) if "detected" in line)
    assert rows[header - 1].split() == ["object", "object"]
    assert rows[header].split()[-2:] == ["precision", "recall"]


def test_boxes_are_scored_as_well(drive, cli):
    outcome = cli("eval", drive, "--boxes", "--json")
    assert outcome.status == 0, outcome.err
    result = json.loads(outcome.out)
    car = result["boxes"]["car"]
    assert car["truth"] > 0
    assert 0 <= car["detected"] <= 1
    assert set(car["ap"]) == {"strict", "loose"}
    assert "AP from above" in cli("eval", drive, "--boxes").out


@pytest.mark.parametrize(("option", "value"), [("--html", "page.html"), ("--per", "pixel")])
def test_boxes_have_a_table_of_their_own(drive, cli, option, value):
    outcome = cli("eval", drive, "--boxes", option, value)
    assert outcome.status == 2
    assert "not with --boxes" in outcome.err
