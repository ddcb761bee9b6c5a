"""`squeezeseg convert`."""

from __future__ import annotations

import json

from squeezeseg.weights import load_weights


def test_weights_come_back_as_they_were(cli, tmp_path):
    small, back = tmp_path / "fast.sqz", tmp_path / "fast.safetensors"
    said = json.loads(cli("convert", "fast", small, "--json").out)
    assert said == {"file": str(small), "bytes": small.stat().st_size}
    assert "fast.safetensors, 3.0" in cli("convert", small, back).out
    assert load_weights(back).checksum() == load_weights(small).checksum() == load_weights("fast").checksum()


def test_another_format_is_refused(cli, tmp_path):
    outcome = cli("convert", "fast", tmp_path / "fast.onnx")
    assert outcome.status == 2
    assert "must end in .sqz or .safetensors" in outcome.err
