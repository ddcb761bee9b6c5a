"""`squeezeseg view`, as a program."""

from __future__ import annotations

import builtins
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from helpers.drive import write_drive
from helpers.tools import needs

from apps.cli import main
from apps.viewer import streamlit_settings
from apps.viewer.settings_form import networks
from apps.viewer.shown import Shown
from projection import InputError
from squeezeseg import InferenceSettings, load_model

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def drive(tmp_path):
    return write_drive(tmp_path)


@pytest.fixture
def start(drive):
    """Starts the command; gives the process and the lines that it says first."""
    processes = []

    def run(*options, lines=1):
        words = [sys.executable, "-m", "apps", "view", str(drive), "--model", "fast", "--no-browser", "--port", "0"]
        command = [*words, *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process, [process.stdout.readline() for _ in range(lines)]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_the_page_is_and_ends_without_a_trace(start, by):
    process, lines = start("--no-token", lines=3)
    url = lines[0].split()[-1]
    port = int(re.search(r":(\d+)/", url)[1])
    assert f"ssh -L {port}:localhost:{port}" in lines[1]
    with urllib.request.urlopen(f"{url}viewer/", timeout=30) as answer:
        assert answer.status == 200
    process.send_signal(by)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 2).close()


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_token_is_asked_for_and_stands_in_the_address(start, host):
    process, lines = start("--host", host)
    token = re.search(r"\?token=(\S+)", lines[0])[1]
    assert len(token) >= 32
    port = int(re.search(r":(\d+)/", lines[0])[1])
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    assert opener.open(f"http://127.0.0.1:{port}/?token={token}", timeout=30).status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--weights", "nowhere.safetensors"], "nowhere.safetensors"),
        (["--class-map", "nowhere"], "unknown class map"),
        (["--predictions", "nowhere"], "no such file or folder"),
        (["--frames", "900:"], "none left"),
        (["--port", "99999"], "cannot listen"),
        (["--neighbours", "-1"], "must be 0 or more"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(drive, capsys, monkeypatch, options, reason):
    assert main(["view", str(drive), "--model", "fast", "--no-browser", "--model", "squeezeseg", *options]) == 2
    errors = capsys.readouterr().err
    assert reason in errors
    assert errors.count("\n") == 1


def test_without_streamlit_it_says_what_to_install(drive, capsys, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **named):
        if name.partition(".")[0] == "streamlit":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["view", str(drive), "--model", "fast", "--no-browser"]) == 2
    assert "pip install 'squeezeseg[view]'" in capsys.readouterr().err


def test_streamlit_tells_nobody_and_serves_nothing_else(monkeypatch, tmp_path):
    config = needs("streamlit.config")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    (folder / "config.toml").write_text("[browser]\ngatherUsageStats = true\n[server]\nenableStaticServing = true\n")
    config.get_config_options(force_reparse=True)
    assert config.get_option("browser.gatherUsageStats")
    streamlit_settings.apply("127.0.0.1", 8501)
    off = ("browser.gatherUsageStats", "server.enableAgentApi", "server.enableStaticServing", "global.developmentMode")
    assert [config.get_option(name) for name in off] == [False] * 4
    assert config.get_option("server.fileWatcherType") == "none"


@pytest.mark.parametrize("name", networks("squeezeseg"))
def test_the_form_offers_networks_that_there_are(name):
    assert load_model(name).card.model


def test_the_form_offers_the_weights_in_use_first():
    assert networks("squeezeseg") == ["amx-1500us", "fast", "squeezeseg"]
    assert networks("mine.safetensors") == ["mine.safetensors", "amx-1500us", "fast", "squeezeseg"]


def test_settings_that_cannot_be_used_are_not_those_in_use():
    used = []

    def use(settings):
        if settings.model == "nowhere":
            raise InputError("nowhere: no such weights")
        used.append(settings)

    shown = Shown(None, InferenceSettings.given(view="front"), use)
    shown.change(crf=False, neighbours=3)
    for wrong in ({"model": "nowhere"}, {"neighbours": -1}):
        with pytest.raises(InputError):
            shown.change(**wrong)
    assert used == [shown.settings] == [InferenceSettings.given(view="front", crf=False, neighbours=3)]
