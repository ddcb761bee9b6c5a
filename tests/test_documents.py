"""README and docs: their commands run, in the order in which they stand there; their links and pictures are there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md"))]

for_each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@for_each_document
def test_no_place_of_a_number_is_left_open(document: Path) -> None:
    assert "@@" not in document.read_text(encoding="utf-8")


@for_each_document
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not missing


def test_pictures_are_small() -> None:
    pictures = {path.name: path.stat().st_size for path in (ROOT / ".github").iterdir() if path.is_file()}
    assert {name for name, size in pictures.items() if size > 300_000} == {"street.webp"}
    assert pictures["street.webp"] < 1_200_000


def test_readme_is_one_sitting_and_leads_to_every_document() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 100
    assert all(f"(docs/{path.name})" in text for path in DOCUMENTS[1:])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's commands have run, as the other documents take for granted."""
    folder = tmp_path_factory.mktemp("documents")
    run(README, folder)
    return folder


def run(document: Path, folder: Path) -> None:
    for command in (line for block in blocks(document, "sh") for line in block.splitlines() if line.strip()):
        program, *arguments = shlex.split(command, comments=True)
        assert program == "squeezeseg"
        done = subprocess.run(
            [sys.executable, "-m", "apps", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("document", [path for path in DOCUMENTS[1:] if blocks(path, "sh")], ids=lambda path: path.name)
def test_commands_run(document: Path, place: Path) -> None:
    run(document, place)


@pytest.mark.slow
def test_python_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    names: dict[str, object] = {}
    for block in blocks(ROOT / "docs" / "python.md", "python"):
        exec(block, names)
    assert names["scores"].iou["car"] > 0.5  # type: ignore[attr-defined]


def test_the_file_of_sets_is_one(tmp_path: Path) -> None:
    from squeezeseg.evaluation.sets import read_sets

    file = tmp_path / "sets.yaml"
    file.write_text(blocks(ROOT / "docs" / "accuracy.md", "yaml")[0], encoding="utf-8")
    (tmp_path / "drives.txt").write_text("000623 2011_09_26_drive_0048\n", encoding="utf-8")
    assert {one.pool for one in read_sets(file)} == {"real", "simulated", "simulated, held out"}


def test_the_label_map_is_one(tmp_path: Path) -> None:
    from data.label_map import load_label_map

    file = tmp_path / "mine.yaml"
    file.write_text(blocks(ROOT / "docs" / "formats.md", "yaml")[0], encoding="utf-8")
    assert load_label_map(file).table[[0, 7, 8, 12, 20]].tolist() == [255, 1, 1, 2, 0]


def test_sensor_file_opens(tmp_path: Path) -> None:
    from data.sensor_file import load_sensor

    file = tmp_path / "my.yaml"
    file.write_text(blocks(ROOT / "docs" / "sensors.md", "yaml")[0], encoding="utf-8")
    assert load_sensor(str(file)).beams == 32
