"""Runs that stop and go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.drive import files, write_drive
from helpers.models import card

from squeezeseg import Model, Segmenter, save_model

ROOT = Path(__file__).resolve().parents[3]
STALLING = """
import functools, signal, sys
from helpers.engine import segmenter
from squeezeseg import Segmenter
Segmenter.load = functools.partial(segmenter, stall_after=2)
from apps.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
sys.exit(main())
"""

pytestmark = pytest.mark.usefixtures("reflectance")


def labels(run):
    return {name: content for name, content in files(run).items() if name.endswith(".label")}


def start(drive, run, lanes):
    """Another process, which stalls after two frames."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [sys.executable, "-c", STALLING, "segment", str(drive), "--out", str(run)]
    command += ["--lanes", str(lanes)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while len(list((run / "labels").glob("*.label"))) < 2:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on_and_ends_as_if_never_stopped(tmp_path, cli, how, lanes):
    drive, run = write_drive(tmp_path, frames=4), tmp_path / "run"
    process = start(drive, run, lanes)
    process.send_signal(how)
    _, complaint = process.communicate(timeout=240)
    assert len(labels(run)) == 2
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert complaint.startswith("stopped after ")
        assert "--resume" in complaint
        assert json.loads((run / "run.json").read_text())["status"] == "unfinished"
    assert cli("segment", drive, "--out", run, "--resume").status == 0
    assert cli("segment", drive, "--out", tmp_path / "whole").status == 0
    assert labels(run) == labels(tmp_path / "whole")
    assert json.loads((run / "run.json").read_text())["done"] == 4


def test_what_is_done_is_not_done_again(drive, tmp_path, cli, monkeypatch):
    run = tmp_path / "run"
    cli("segment", drive, "--out", run, "--frames", ":2")
    seen = []
    call = Segmenter.__call__
    monkeypatch.setattr(
        Segmenter, "__call__", lambda self, scan, **rest: seen.append(scan.name) or call(self, scan, **rest)
    )
    assert cli("segment", drive, "--out", run, "--resume").status == 0
    assert seen == ["0000000002"]
    assert json.loads((run / "run.json").read_text())["done"] == 3


@pytest.mark.parametrize("number", [0, 1])
def test_an_empty_or_failed_frame_is_tried_again(drive, tmp_path, cli, number):
    run, scan = tmp_path / "run", drive / "velodyne_points" / "data" / f"{number:010d}.bin"
    whole = scan.read_bytes()
    scan.write_bytes(b"123")
    cli("segment", drive, "--out", run)
    scan.write_bytes(whole)
    (run / "labels" / "0000000002.label").write_bytes(b"")  # as after a power cut
    assert cli("segment", drive, "--out", run, "--resume").status == 0
    told = json.loads((run / "run.json").read_text())
    assert (told["done"], told["failed"], len(labels(run))) == (3, 0, 3)


def test_resuming_a_finished_run_changes_no_label(drive, tmp_path, cli):
    run = tmp_path / "run"
    cli("segment", drive, "--out", run)
    before, speed = labels(run), json.loads((run / "run.json").read_text())["speed"]
    assert cli("segment", drive, "--out", run, "--resume").status == 0
    assert labels(run) == before
    assert json.loads((run / "run.json").read_text())["speed"] == speed


@pytest.mark.parametrize("suffix", ["label", "npz", "ply"])
def test_a_file_of_another_size_or_none_is_written_again(drive, tmp_path, cli, suffix):
    run = tmp_path / "run"
    options = ["segment", drive, "--out", run, "--format", "label", "--format", suffix]
    cli(*options)
    before = files(run)
    broken = next(run.rglob(f"0000000001.{suffix}"))
    for mend in (lambda: os.truncate(broken, 8), broken.unlink):
        mend()
        assert cli(*options, "--resume").status == 0
        assert broken.read_bytes() == before[str(broken.relative_to(run))]


@pytest.mark.parametrize(
    ("option", "named"),
    [
        (["--neighbours", "3"], "neighbours"),
        (["--view", "front"], "sensor columns"),
        (["--height", "2"], "sensor height"),
        (["--format", "ply"], "formats"),
        (["--weights", "other.safetensors"], "weights"),
    ],
)
def test_other_settings_than_the_runs_are_refused(drive, tmp_path, cli, monkeypatch, option, named):
    monkeypatch.chdir(tmp_path)
    save_model(Path("other.safetensors"), Model(card("squeezeseg"), {}))
    cli("segment", drive, "--out", "run")
    before = files(tmp_path / "run")
    outcome = cli("segment", drive, "--out", "run", "--resume", *option)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert f"run/run.json: the run has {named}" in outcome.err
    assert files(tmp_path / "run") == before


def test_other_lanes_are_the_same_run(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--frames", "0", "--lanes", "1")
    assert cli("segment", drive, "--out", tmp_path / "run", "--resume", "--lanes", "2").status == 0


def test_a_run_from_before_its_settings_were_kept_whole_goes_on_and_is_scored(drive, tmp_path, cli):
    run = tmp_path / "run"
    cli("segment", drive, "--out", run, "--frames", ":2")
    told = json.loads((run / "run.json").read_text())
    del told["inference"]
    (run / "run.json").write_text(json.dumps(told))
    assert cli("segment", drive, "--out", run, "--resume").status == 0
    assert cli("eval", drive, "--predictions", run).status == 0
    assert json.loads((run / "run.json").read_text())["inference"]["model"] == "squeezeseg"


def test_another_source_is_refused(drive, tmp_path, cli):
    other = write_drive(tmp_path / "other")
    cli("segment", drive, "--out", tmp_path / "run")
    assert "the run has source" in cli("segment", other, "--out", tmp_path / "run", "--resume").err


@pytest.mark.parametrize("lanes", [1, 2])
def test_nothing_is_written_by_a_segmenter_that_fails_at_once(drive, tmp_path, cli, monkeypatch, lanes):
    def broken(self, scan, **_):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Segmenter, "__call__", broken)
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--lanes", lanes)
    assert outcome.status == 1
    assert outcome.err.startswith("error: RuntimeError: out of luck")
    assert "--traceback" in outcome.err
    assert not (tmp_path / "run").exists()


def test_pictures_can_be_had_later(drive, tmp_path, cli):
    run = tmp_path / "run"
    cli("segment", drive, "--out", run)
    before = labels(run)
    assert cli("segment", drive, "--out", run, "--resume", "--pictures", "2").status == 0
    assert len(list((run / "pictures").iterdir())) == 4
    assert labels(run) == before


def test_a_run_goes_on_with_its_own_network_where_none_is_named(drive, tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_model(Path("mine.safetensors"), Model(card("squeezeseg"), {}))
    cli("segment", drive, "--out", "run", "--frames", "0", "--model", "mine.safetensors")
    assert cli("segment", drive, "--out", "run", "--resume").status == 0
    told = json.loads(Path("run", "run.json").read_text())
    assert (told["inference"]["model"], told["done"]) == ("mine.safetensors", 3)
    assert cli("segment", drive, "--out", "run", "--resume", "--model", "squeezeseg").status == 2
