"""The page that squeezeseg eval writes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from apps.evaluation.examine import Examined
from apps.evaluation.frames import BARS, frames
from apps.evaluation.plots import Series, bars, lines, strip
from data.boxes import Box
from data.kitti.tracklets import from_boxes, write_tracklets
from squeezeseg.evaluation.study import FrameCounts, Study

VOID = {"meta", "img", "input", "br"}


@pytest.fixture(autouse=True)
def _reflectance(reflectance):
    pass


class Structure(HTMLParser):
    """Notes what a page consists of, and whether its tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.ids, self.text = [], [], [], set(), []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        found = dict(attributes)
        self.addresses += [found[key] for key in ("src", "href") if key in found]
        self.ids |= {found["id"]} if "id" in found else set()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


@pytest.fixture
def page(drive, tmp_path, cli):
    def make(*options):
        file = tmp_path / "page.html"
        outcome = cli("eval", drive, "--html", file, *options)
        assert outcome.status == 0, outcome.err
        return file.read_text()

    return make


def test_it_needs_nothing_else(page):
    text = re.sub(r"http://127\.0\.0\.1:8501/", "#viewer-", page("--pictures", "1"))
    structure = Structure(text)
    assert {address[:10] for address in structure.addresses if not address.startswith("#")} == {"data:image"}
    assert "script" not in structure.tags
    assert "link" not in structure.tags
    assert not re.search(r"url\(|@import|https?:", text)


def test_its_worst_frames_lead_into_the_viewer(page, drive):
    structure = Structure(page("--pictures", "1", "--model", "fast", "--no-crf"))
    words = "".join(structure.text)
    assert f"squeezeseg view {drive} --model fast --no-crf" in words
    frame = re.search(r"--no-crf --frame (\S+)", words)[1][:10]
    assert f"http://127.0.0.1:8501/?frame={frame}" in structure.addresses


def test_links_within_it_lead_somewhere(page):
    structure = Structure(page("--pictures", "2"))
    inner = {address[1:] for address in structure.addresses if address.startswith("#")}
    assert inner
    assert inner <= structure.ids


@pytest.mark.parametrize(("options", "images"), [((), 9), (("--pictures", "1"), 3), (("--pictures", "0"), 0)])
def test_it_has_pictures_of_the_worst_frames(page, options, images):
    assert Structure(page(*options)).tags.count("img") == images


def test_words_of_others_are_shown_as_they_are(page):
    text = page("--pictures", "0", "--note", "<b>development</b> & <script>alert(1)</script>")
    structure = Structure(text)
    assert "script" not in structure.tags
    assert "<b>development</b> & <script>alert(1)</script>" in "".join(structure.text)


def test_it_tells_where_it_comes_from_and_what_it_rests_on(page):
    text = "".join(Structure(page("--pictures", "0")).text)
    assert "0" * 64 in text
    assert "reflectance" in text
    assert re.search(r"on [\d,]+ points of 3 cars", text)
    assert "on 0 points of 0 pedestrians" in text


def test_what_is_unknown_is_told(drive, cli, page):
    assert "are unknown, and not scored" in page("--pictures", "1", "--unknown-below", "0.99")
    assert "are unknown" not in page("--pictures", "0")
    assert "are unknown, and not scored" in cli("eval", drive, "--unknown-below", "0.99").out


def test_saved_labels_have_no_confidence(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run")
    cli("eval", drive, "--predictions", tmp_path / "run", "--html", tmp_path / "page.html", "--pictures", "1")
    text = "".join(Structure((tmp_path / "page.html").read_text()).text)
    assert "Saved labels have no confidence" in text


def test_pixels_are_called_pixels(page):
    text = "".join(Structure(page("--per", "pixel", "--pictures", "0")).text)
    assert "true pixels" in text
    assert "true points" not in text


def test_a_broken_label_file_is_named(tmp_path, cli):
    scans, labels = tmp_path / "00" / "velodyne", tmp_path / "00" / "labels"
    for folder in (scans, labels):
        folder.mkdir(parents=True)
    points = np.random.default_rng(0).uniform(-20, 20, (500, 4)).astype(np.float32)
    points[:, 3] = np.repeat([0.1, 0.9], 250)
    for k in range(2):
        points.tofile(scans / f"{k:06d}.bin")
        np.full(500 - k, 10, "<u4").tofile(labels / f"{k:06d}.label")
    outcome = cli("eval", tmp_path / "00", "--html", tmp_path / "page.html")
    assert outcome.status == 0
    assert f"{labels / '000001.label'}: 1996 bytes" in outcome.err
    text = "".join(Structure((tmp_path / "page.html").read_text()).text)
    assert "1 frame left out that can't be read" in text
    assert cli("eval", tmp_path / "00", "--strict").status == 2


def test_nothing_to_find_and_nothing_found(drive, tmp_path, cli):
    write_tracklets(drive / "tracklet_labels.xml", from_boxes([[Box("Pedestrian", (500, 0, 0), (1, 1, 1), 0)]] * 3))
    assert cli("eval", drive, "--html", tmp_path / "page.html", "--pictures", "1").status == 0
    Structure((tmp_path / "page.html").read_text())


def test_many_frames_share_bars():
    cells = np.zeros((3, 2, 4, 4), int)
    cells[0, 0, 1] = 1, 3, 0, 0
    counts = [FrameCounts(f"{k:03d}", k, "a", cells, np.zeros((3, 3, 6), int)) for k in range(3 * BARS - 1)]
    study = Study()
    study.frames.extend(counts)
    text = frames(Examined(None, study, study.as_dict(), None))
    assert text.count("<rect") == BARS
    assert "000 to 002: car IoU 75.0 %, 12 true, 0 false" in text
    assert "3 frames a bar" in text


@pytest.mark.parametrize("values", [[], [None], [0.0, 1.0, None]])
def test_plots_of_any_values_are_well_formed(values):
    series = [Series("a <b>", "car", values, ends=[None] * len(values))]
    groups = ["<g>"] * len(values)
    for text in (bars(groups, series, "<y>"), lines([0.5] * len(values), series, "x", "y"), strip(series, "s")):
        Structure(text)
        assert "<b>" not in text
        assert "nan" not in text
