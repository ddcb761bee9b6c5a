"""What is said where an import lacks something."""

from __future__ import annotations

import pytest

from data.libraries import explain


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            ModuleNotFoundError("No module named 'torch'", name="torch"),
            "this needs torch: pip install 'squeezeseg[train]'",
        ),
        (ModuleNotFoundError("...", name="onnx.helper"), "this needs onnx.helper: pip install 'squeezeseg[export]'"),
        (ModuleNotFoundError("...", name="open3d"), "this needs open3d: pip install 'squeezeseg[desktop]'"),
        (ModuleNotFoundError("No module named 'tourch'", name="tourch"), None),
        (
            ImportError("libGL.so.1: cannot open shared object file"),
            "the system library libGL is missing; install it with",
        ),
        (OSError("libodd.so.3: cannot open shared object file"), "install the Debian package that has it"),
        (OSError("disk on fire"), None),
    ],
)
def test_what_is_missing_and_how_to_get_it(error, expected):
    said = explain(error)
    assert said is None if expected is None else expected in (said or "")
