"""Which processors' kernels are compiled at full width."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import pytest

from projection.vector_width import full_width, prefer_full_width


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ("+avx2,+fma", None),
        ("+avx512f,+avx512vnni", None),
        ("+avx512f,-avx512fp16", None),
        ("+avx512f,+avx512fp16", "+avx512f,+avx512fp16,-prefer-256-bit"),
        ("", None),
    ],
)
def test_processors_that_do_not_slow_down_use_the_full_width(features, expected):
    assert full_width(features) == expected


@pytest.mark.parametrize(("name", "asked"), [("CPU_FEATURES", "+sse4.2"), ("CPU_NAME", "generic")])
def test_what_somebody_asked_for_is_left(monkeypatch, name, asked):
    for setting in ("CPU_FEATURES", "CPU_NAME"):
        monkeypatch.setattr(numba.config, setting, asked if setting == name else None)
    prefer_full_width()
    assert getattr(numba.config, name) == asked
    assert None in (numba.config.CPU_FEATURES, numba.config.CPU_NAME)


@pytest.mark.parametrize("first", ["squeezeseg.inference.segmenter", "crf", "data.scan"])
def test_it_is_set_before_the_first_kernel(first):
    """A process of its own, for numba keeps what it found at the first kernel that it saw."""
    ask = f"import {first}, numba, numba.core.registry as r; a = r.cpu_target.target_context.codegen()._tm_features"
    ask += "; print(a == (numba.config.CPU_FEATURES or a))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_CPU")}
    found = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"
