from __future__ import annotations

import builtins

import pytest

from apps.desktop.library import load_open3d
from projection import InputError


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ImportError("libGL.so.1: cannot open shared object file: No such file or directory"), "libGL is missing"),
        (OSError("libusb-1.0.so.0: cannot open shared object file: No such file"), "libusb-1.0 is missing"),
        (ModuleNotFoundError("No module named 'open3d'", name="open3d"), "No module named 'open3d'"),
    ],
)
def test_a_missing_library_is_answered_with_all_that_must_be_installed(monkeypatch, failure, reason):
    original = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "open3d":
            raise failure
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError) as error:
        load_open3d()
    said = str(error.value)
    for part in (reason, "pip install 'squeezeseg[desktop]'", "libgl1 libegl1 libgomp1 libx11-6 libusb-1.0-0"):
        assert part in said
    assert "\n" not in said
