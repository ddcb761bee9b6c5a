"""segment, eval and simulate over Ray: the same results as without it, whatever ends meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.cluster import workers
from helpers.drive import files, write_drive
from helpers.tools import needs

from squeezeseg.cluster.session import session

ROOT = Path(__file__).resolve().parents[3]
NETWORK = ("--model", "fast", "--view", "front", "--engine", "openvino", "--precision", "float32")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def _ray():
    needs("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests'}")  # for the workers
        with session("local", cpus=2):
            yield


def recorded(run):
    """What run.json says of the frames, and all other files."""
    about = json.loads((run / "run.json").read_text())
    kept = {key: value for key, value in about.items() if key != "speed"}
    return kept, {name: content for name, content in files(run).items() if name != "run.json"}


@pytest.mark.usefixtures("_ray")
def test_a_drive_and_a_url_are_labelled_as_without_ray_and_an_unreadable_scan_is_told(tmp_path, cli):
    drives = [write_drive(tmp_path / "a", frames=12), write_drive(tmp_path / "b", frames=2)]
    (drives[1] / "velodyne_points" / "data" / "0000000001.bin").write_bytes(b"cut")
    listed = tmp_path / "both.list"
    listed.write_text(f"{drives[0].relative_to(tmp_path)}\nfile://{drives[1]}/velodyne_points/data\n")
    found = {}
    for name, more in (("alone", ["--lanes", 1]), ("ray", ["--ray", "local"])):
        outcome = cli("segment", listed, "--out", tmp_path / name, *NETWORK, "--boxes", "--tracklets", *more)
        assert outcome.status == 0, outcome.err
        assert outcome.err.count("0000000001.bin") == 1, outcome.err
        found[name] = recorded(tmp_path / name)
    found["alone"][0]["inference"]["lanes"] = None
    assert found["ray"] == found["alone"]
    assert (found["ray"][0]["done"], found["ray"][0]["failed"]) == (13, 1)
    speed = json.loads((tmp_path / "ray" / "run.json").read_text())["speed"]
    assert (speed["lanes"], speed["threads"], speed["frames"]) == (2, 1, 13)
    assert {"read", "network", "boxes", "write"} <= set(speed["stages_ms"])


@pytest.mark.usefixtures("_ray")
def test_the_scores_are_those_without_ray(tmp_path, cli):
    drive = write_drive(tmp_path, frames=8)
    scores = []
    for more in ([], ["--ray", "local"]):
        outcome = cli("eval", drive, *NETWORK, "--json", *more)
        assert outcome.status == 0, outcome.err
        scores.append({key: value for key, value in json.loads(outcome.out).items() if key != "stages_ms"})
    assert scores[0] == scores[1]
    assert scores[0]["frames"] == 8


@pytest.mark.usefixtures("_ray")
def test_the_streets_are_those_without_ray(tmp_path, cli):
    for name, more in (("alone", []), ("ray", ["--ray", "local"])):
        outcome = cli("simulate", tmp_path / name, "--frames", 3, "--scene-per", 2, "--seed", 5, *more)
        assert outcome.status == 0, outcome.err
    alone, ray = files(tmp_path / "alone"), files(tmp_path / "ray")
    assert list(alone)
    assert alone.keys() == ray.keys()
    assert [name for name in alone if alone[name] != ray[name]] == []


def wait_for(count, run, process):
    while len(list((run / "labels").glob("*.label"))) < count:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)


def test_a_run_whose_workers_and_whose_driver_are_killed_goes_on_to_the_same_bytes(tmp_path, cli):
    needs("ray")
    drive, run = write_drive(tmp_path, frames=600), tmp_path / "run"
    command = [sys.executable, "-m", "apps", "segment", str(drive), "--out", str(run), *NETWORK, "--ray", "local"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([*command, "--lanes", "1"], cwd=ROOT, env=environment, **pipes)
    wait_for(20, run, process)
    for worker in workers(process.pid):
        os.kill(worker, signal.SIGKILL)
    done = len(list((run / "labels").glob("*.label")))
    wait_for(done + 40, run, process)  # another worker has taken over
    process.kill()
    said, complaint = process.communicate(timeout=240)
    assert said == ""
    assert all(line.startswith("segmenting: ") for line in complaint.splitlines()), complaint
    killed = len(list((run / "labels").glob("*.label")))
    assert 60 <= killed < 600
    assert cli("segment", drive, "--out", run, *NETWORK, "--resume").status == 0
    assert cli("segment", drive, "--out", tmp_path / "whole", *NETWORK).status == 0
    assert recorded(run)[1] == recorded(tmp_path / "whole")[1]
    assert json.loads((run / "run.json").read_text())["done"] == 600
