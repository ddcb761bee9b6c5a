"""squeezeseg simulate --report."""

from __future__ import annotations

import json

import pytest
from PIL import Image


def test_a_report_without_real_scans_says_so(tmp_path, cli):
    outcome = cli("simulate", tmp_path / "made", "--frames", "1", "--report")
    assert outcome.status == 0
    assert "no real ones were given" in " ".join(outcome.out.split())
    assert json.loads((tmp_path / "made/simulation_report.json").read_text())["real"] == []
    with Image.open(tmp_path / "made/simulation_report.png") as picture:
        assert min(picture.size) > 800


def test_a_report_compares_with_real_scans(tmp_path, drive, cli):
    outcome = cli("simulate", tmp_path / "made", "--frames", "1", "--report", "--real", drive, "--json")
    report = json.loads(outcome.out)["report"]
    assert report == json.loads((tmp_path / "made/simulation_report.json").read_text())
    assert [one["with"] for one in report["differences"]] == [report["real"][0]["name"]]
    assert report["differences"][0]["intensity"]["all"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--real", "nowhere", "--report"], "nowhere"), (["--real", "nowhere"], "add --report")],
)
def test_real_scans_are_looked_for_before_anything_is_made(tmp_path, cli, arguments, message):
    outcome = cli("simulate", tmp_path / "made", "--frames", "1", *arguments)
    assert outcome.status != 0
    assert message in outcome.err
    assert not (tmp_path / "made").exists()
