"""`squeezeseg convert`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.tools import needs

from apps.compression import graphs
from squeezeseg.graphs.run import graph_engine, graph_file
from squeezeseg.weights import load_weights


def test_weights_come_back_as_they_were(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(graphs, "installed", lambda name: False)  # exporting takes seconds
    small, back = tmp_path / "fast.sqz", tmp_path / "fast.safetensors"
    said = json.loads(cli("convert", "fast", small, "--json").out)
    assert said == {"file": str(small), "bytes": small.stat().st_size}
    assert "fast.safetensors, 1.3" in cli("convert", small, back).out
    assert load_weights(back).checksum() == load_weights(small).checksum() == load_weights("fast").checksum()


def test_another_format_is_refused(cli, tmp_path):
    outcome = cli("convert", "fast", tmp_path / "fast.onnx")
    assert outcome.status == 2
    assert "must end in .sqz or .safetensors" in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "precision", "most"), [("float", "float32", 1e-3), ("int8", "int8", 1.0)])
def test_engines_need_no_more_than_the_container(cli, tmp_path, kind, precision, most):
    needs("onnxscript")
    cli("convert", "fast", tmp_path / "a.sqz")
    images = np.random.default_rng(0).normal(size=(1, 8, 64, 512)).astype(np.float32)
    before, after = (
        graph_engine(graph_file(load_weights(name), kind), "openvino", precision)(images)["logits"]
        for name in ("fast", tmp_path / "a.sqz")
    )
    np.testing.assert_allclose(after, before, atol=most)
