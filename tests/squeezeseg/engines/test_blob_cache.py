"""The cache of compiled graphs."""

from __future__ import annotations

import os

import numpy as np
import pytest

from squeezeseg import load_model
from squeezeseg.engines import blob_cache
from squeezeseg.engines.blob_cache import BlobCache
from squeezeseg.engines.openvino_engine import OpenVINOEngine
from squeezeseg.graphs.run import graph_file


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_blob_is_none(tmp_path, damage):
    cache = BlobCache(tmp_path / "new")
    cache.store("a", b"content")
    assert cache.load("a") == b"content"
    (file,) = (tmp_path / "new").iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 4]) if damage is None else damage)
    assert cache.load("a") is None


def test_those_used_last_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(blob_cache, "MOST_FILES", 3)
    cache = BlobCache(tmp_path)
    for number, key in enumerate("abc"):
        cache.store(key, b"x")
        os.utime(tmp_path / f"{key}.blob", (number, number))
    cache.load("a")
    cache.store("d", b"x")
    assert {path.stem for path in tmp_path.iterdir()} == {"a", "c", "d"}
    monkeypatch.setattr(blob_cache, "MOST_BYTES", 40)
    cache.store("e", b"x" * 100)
    assert [path.stem for path in tmp_path.iterdir()] == ["e"]


@pytest.mark.parametrize("folder", ["file", None])
def test_no_folder_is_no_error(tmp_path, folder):
    (tmp_path / "file").touch()
    cache = BlobCache(folder and tmp_path / folder)
    cache.store("a", b"x")
    assert cache.load("a") is None


def test_openvino_gives_the_same_from_the_cache_and_compiles_again_what_is_damaged(tmp_path):
    graph = graph_file(load_model("fast"), "int8")
    inputs = np.random.default_rng(0).normal(size=(1, 8, 64, 64)).astype(np.float32)

    def run():
        engine = OpenVINOEngine(graph, "float32", cache=tmp_path)
        return engine(inputs)["logits"].copy()

    first = run()
    (blob,) = tmp_path.iterdir()
    made = blob.stat().st_ino
    assert np.array_equal(run(), first)
    assert blob.stat().st_ino == made
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    assert np.array_equal(run(), first)
    assert blob.read_bytes() != bytes(content)
