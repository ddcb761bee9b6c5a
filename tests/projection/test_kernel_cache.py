"""The cache of compiled kernels: damaged files, places that can't be written, old versions."""

from __future__ import annotations

import numba
import pytest
from numba import njit

from projection import kernel_cache
from projection.kernel_cache import SUFFIX, KernelFiles, kernel_folder


def double(x):
    return 2 * x


double.__module__ = "projection.of_a_test"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def hits():
    """Call the kernel as the next start does; how many versions of it came from the cache."""
    kernel = njit(cache=True)(double)
    assert kernel(21) == 42
    return sum(kernel.stats.cache_hits.values())


def flipped(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda c: c[:20], lambda c: c[:-100], flipped, lambda _: b"\x80" * 99]
)
def test_a_damaged_file_is_compiled_again(folder, damage):
    assert [hits(), hits()] == [0, 1]
    (file,) = folder.rglob(f"*{SUFFIX}")
    file.write_bytes(damage(file.read_bytes()))
    assert [hits(), hits()] == [0, 1]


def test_a_kernel_is_compiled_again_when_one_that_it_calls_changes(folder, tmp_path, monkeypatch):
    source = tmp_path / "callee.py"

    def write(text):
        source.write_text(text)
        names = {"__name__": "projection.of_another_test"}
        exec(compile(text, str(source), "exec"), names)
        monkeypatch.setitem(globals(), "callee", njit(names["callee"]))

    write("def callee(x): return x")
    assert [hits(), hits()] == [0, 1]
    write("def callee(x): return x + 1")
    assert [hits(), hits()] == [0, 1]


def test_a_folder_that_went_away_costs_a_warning(folder, caplog):
    kernel_cache._warn_unwritable.cache_clear()
    files = KernelFiles(str(folder / "gone"), "a", "stamp")
    files.save("key", 1)
    files.save("other", 1)
    assert files.load("key") is None
    assert [record.message for record in caplog.records if "cannot be kept there" in record.message][1:] == []
    assert caplog.records


def test_versions_of_an_older_source_go(tmp_path):
    for stamp in ("old", "new"):
        files = KernelFiles(str(tmp_path), "a.b-12.py311", stamp)
        files.save("key", stamp)
        files.save("another", stamp)
    (tmp_path / "a.b-12.py311.nbi").touch()  # numba's own
    KernelFiles(str(tmp_path), "a.b-123.py311", "old").save("key", "of another line")
    files.save("key", "new")
    assert files.load("key") == files.load("another") == "new"
    assert len(list(tmp_path.iterdir())) == 3


def test_the_first_folder_that_can_be_written(tmp_path, monkeypatch):
    modules, wanted, cache = (tmp_path / name for name in ("modules", "wanted", "cache"))
    monkeypatch.setattr(kernel_cache, "cache_folder", lambda name: cache / name)
    denied = []
    monkeypatch.setattr(kernel_cache, "can_write", lambda folder: not any(folder.is_relative_to(d) for d in denied))
    found = []
    for place in (wanted, modules, cache, None):
        kernel_folder.cache_clear()
        found.append(kernel_folder(modules, str(wanted)))
        denied.append(place or tmp_path)
    assert found[0].parent == wanted
    assert found[1] == modules / "__pycache__"
    assert found[2].parent == cache / "kernels"
    assert found[3] is None
    kernel_folder.cache_clear()


def test_nowhere_to_write_is_no_error(monkeypatch, caplog):
    monkeypatch.setattr(kernel_cache, "kernel_folder", lambda *_: None)
    assert [hits(), hits()] == [0, 0]
    assert not caplog.records
