from __future__ import annotations

import sys

import pytest

from apps.desktop import probe
from apps.desktop import window as desktop
from projection import InputError


def ends_by(monkeypatch, code, timeout=60.0):
    """The process that tries to open a window does this instead."""
    monkeypatch.setattr(probe, "COMMAND", [sys.executable, "-S", "-c", code])
    monkeypatch.setattr(probe, "TIMEOUT", timeout)


def test_where_a_window_opens_nothing_is_said(monkeypatch, capfd):
    ends_by(monkeypatch, "print('FEngine created')")
    probe.check_window()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("code", "timeout", "how"),
    [
        ("import os; os.write(2, b'PostconditionPanic\\n'); os.abort()", 60.0, "ended with signal 6"),
        ("raise SystemExit(1)", 60.0, "ended with status 1"),
        ("import time; time.sleep(60)", 0.1, "no window within"),
    ],
    ids=["aborted", "failed", "hangs"],
)
def test_where_none_opens_the_packages_are_named_in_a_line(monkeypatch, capfd, code, timeout, how):
    ends_by(monkeypatch, code, timeout)
    with pytest.raises(InputError) as error:
        probe.check_window()
    said = str(error.value)
    for part in (how, "mesa-vulkan-drivers", "libgl1-mesa-dri", "without --desktop"):
        assert part in said
    assert "\n" not in said
    assert capfd.readouterr() == ("", "")


def test_the_window_is_tried_before_anything_is_labelled(monkeypatch, drive):
    from data.sources import open_source

    ends_by(monkeypatch, "import os; os.abort()")
    monkeypatch.setattr(desktop, "check_display", lambda: None)
    monkeypatch.setattr(desktop, "load_open3d", lambda: None)
    with pytest.raises(InputError, match="Vulkan"):
        desktop.show(open_source(drive), lambda scan: pytest.fail("labelled"))
