"""The real window, on a display that only this test sees."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import open3d
from helpers.tools import needs

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """if True:
    import sys
    from helpers.engine import segmenter
    from apps.desktop import window as desktop
    from data.sources import open_source

    class Window(desktop.Window):
        drawn = []

        def _draw(self, item):
            super()._draw(item)
            self.drawn.append(item.frame.number)
            if len(self.drawn) == 3:
                assert self._on_close() is False if {closed} else self._playback.press("q")

    desktop.Window = Window
    desktop.show(open_source(sys.argv[1]), segmenter(), boxes=True)
    print("drawn", *Window.drawn)
"""


@pytest.fixture
def display():
    """The name of a display without a screen."""
    needs("Xvfb")
    open3d.load()
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-noreset", "-displayfd", str(write), "-screen", "0", "1300x800x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    _wait_for(f"/tmp/.X11-unix/X{number}", server)
    yield f":{number}"
    server.terminate()
    server.wait()


def _wait_for(address, server):
    """Wait until a display can be opened: it tells its number a moment before."""
    for _ in range(100):
        assert server.poll() is None, "Xvfb has ended"
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(address)
            return
        time.sleep(0.1)
    pytest.fail(f"{address}: nobody answers")


@pytest.mark.slow
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "q"])
def test_frames_are_shown_and_the_window_ends_well(drive, display, closed):
    environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-c", SCRIPT.format(closed=closed), str(drive)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "drawn 0 1 2"
    assert "play or pause" in done.stdout
