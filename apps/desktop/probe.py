"""Whether open3d can open a window here: it ends the whole process where it can't, so another one tries it."""

from __future__ import annotations

import subprocess
import sys

from projection import InputError

TRY = """
import open3d
open3d.visualization.gui.Application.instance.initialize()
window = open3d.visualization.gui.Application.instance.create_window("", 64, 64, -1, -1, 1)  # hidden
open3d.visualization.rendering.Open3DScene(window.renderer)
window.close()
open3d.visualization.gui.Application.instance.run_one_tick()
"""
COMMAND = [sys.executable, "-P", "-c", TRY]
TIMEOUT = 60.0
"""Seconds."""


def check_window() -> None:
    """Raise InputError where open3d finds neither Vulkan nor OpenGL to draw a window with."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, timeout=TIMEOUT, check=False)  # noqa: S603 - our own
    except subprocess.TimeoutExpired:
        how = f"no window within {TIMEOUT:.0f} s"
    else:
        if not done.returncode:
            return
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
    raise InputError(
        f"open3d can't draw here, for want of Vulkan or OpenGL (trying it ended with {how}): on Debian, apt install "
        "mesa-vulkan-drivers libgl1-mesa-dri; or use 'squeezeseg view' without --desktop"
    )
