from __future__ import annotations

import os

import pytest

from squeezeseg.engines import processor

ENTRY = """processor\t: {core}
model name\t: A Processor @ 2.0GHz
cpuid level\t: {level}
flags\t\t: fpu {flags}
bugs\t\t:

"""


def cpuinfo(flags, level, cores=2):
    return "".join(ENTRY.format(core=core, flags=flags, level=level) for core in range(cores))


@pytest.mark.parametrize(
    ("flags", "level", "amx"),
    [
        ("avx2 amx_bf16 amx_tile amx_int8", 28, False),  # a hypervisor hides the leaf of the tile shapes
        ("avx2 amx_bf16 amx_tile amx_int8", 29, True),
        ("avx2 amx_bf16 amx_tile amx_int8", 32, True),
        ("avx2 avx512f", 32, False),
        ("amx_tile", "", False),
        ("amx_tile", "?", False),
    ],
)
def test_whether_the_matrix_unit_can_be_used(flags, level, amx):
    assert processor.describe(cpuinfo(flags, level)).amx is amx


def test_name_and_flags():
    described = processor.describe(cpuinfo("avx2 sse", 22))
    assert described.name == "A Processor @ 2.0GHz"
    assert described.flags == {"fpu", "avx2", "sse"}


@pytest.mark.parametrize("text", ["", "\n\n", "Features : fp asimd\nCPU part : 0xd0c\n"])
def test_a_processor_of_another_kind(text):
    assert processor.describe(text) == processor.Processor("unknown processor", frozenset(), False)


def test_this_processor():
    assert processor.describe().name


@pytest.fixture
def guarded(monkeypatch):
    """What the guard makes of the environment on a described processor."""

    def run(flags, level, before=None):
        described = processor.describe(cpuinfo(flags, level))
        monkeypatch.setattr(processor, "describe", lambda: described)
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "")  # so that it is put back
        if before is None:
            monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
        else:
            monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", before)
        processor.guard_matrix_unit()
        return os.environ.get("ONEDNN_MAX_CPU_ISA")

    return run


@pytest.mark.parametrize(
    ("flags", "level", "before", "after"),
    [
        ("amx_tile", 28, None, "AVX512_CORE_FP16"),
        ("amx_tile", 32, None, None),
        ("avx2", 28, None, None),
        ("amx_tile", 28, "AVX2", "AVX2"),  # what a person has set stays
    ],
)
def test_the_guard(guarded, flags, level, before, after):
    assert guarded(flags, level, before) == after
