"""The page in a real browser, on a real drive where there is one, else on a simulated one."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from helpers.browser import Page, chromium, count
from helpers.drive import write_drive
from helpers.engine import segmenter
from helpers.live import FakeStream
from helpers.real import DRIVE_0001, folder
from helpers.viewer_server import drive_feed, served

from apps.saved_tracks import SavedTracks
from apps.viewer.feeds.drive_feed import DriveFeed
from apps.viewer.feeds.feed import class_table
from apps.viewer.feeds.live_feed import LiveFeed
from apps.viewer.feeds.predictors import Segmented, by_segmenter
from apps.viewer.server import PATH, Viewer
from data.boxes import Box
from data.labels import CAR, CLASS_TABLE, CLASSES, COLOURS, class_map
from data.sources import open_source
from squeezeseg.plotting.palette import ERRORS, OBJECTS
from squeezeseg.tracking.tracks import Track, TrackedBox

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[3]
LIGHT = {1: (0, 114, 178), 2: (176, 125, 0), 3: (184, 56, 122)}
GUTTER = 42
"""CSS pixels left of the timeline's first frame."""
PAPER = (16, 18, 22)
"""The cloud's background in the dark theme."""


@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    drive = folder() / DRIVE_0001
    if not drive.is_dir():
        drive = tmp_path_factory.mktemp("simulated") / "drive"
        subprocess.run([sys.executable, "-m", "apps", "simulate", drive, "--frames", "5"], cwd=ROOT, check=True)
    return drive


@pytest.fixture(scope="module")
def viewer(recording):
    """A server for the recording, its labels the embedded network's."""
    from squeezeseg import Segmenter

    source = open_source(recording)
    feed = DriveFeed(source, by_segmenter(Segmenter.load(sensor=source.sensor)), class_map("default"))
    with served(feed) as made:
        yield made
    feed.close()


@pytest.fixture
def page(browser, viewer):
    made = Page(browser, address(viewer))
    yield made
    made.close()
    assert made.complaints == []


def address(viewer, **query):
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"http://127.0.0.1:{viewer.port}{PATH}/?{pairs}"


def commonest(page):
    """The class of objects with the most points."""
    return 1 + int(np.argmax(counts(page)[1:4]))


def counts(page):
    """Points of each class, as the panel has them."""
    texts = page.page.locator(".class-row .count").all_inner_texts()
    return [int(text.replace(",", "")) for text in texts]


def test_all_classes_that_occur_are_on_the_screen_in_their_colours(page):
    occurring = [k for k, points in enumerate(counts(page)[:4]) if points > 100]
    assert len(occurring) > 1
    page.page.keyboard.press("o")  # the rings' lines run over points
    page.page.locator("#boxes").uncheck()
    pixels = page.pixels()
    for k in occurring[1:]:
        assert count(pixels, COLOURS[k]) > 50
    grey = (np.ptp(pixels.astype(int), axis=-1) < 16) & (pixels.min(axis=-1) > 60)
    assert grey.sum() > 10_000


def test_the_range_image_shows_the_same_classes(page):
    assert count(page.pixels("#strip"), COLOURS[commonest(page)]) > 20


def test_hiding_a_class_takes_its_points_from_the_screen(page):
    page.page.locator("#boxes").uncheck()
    kind = commonest(page)
    assert count(page.pixels(), COLOURS[kind]) > 50
    page.page.keyboard.press(str(kind + 1))
    assert count(page.pixels(), COLOURS[kind]) == 0
    assert not page.page.locator(f"[data-class='{kind}']").is_checked()
    page.page.locator(f"[data-class='{kind}']").check()
    assert count(page.pixels(), COLOURS[kind]) > 50


@pytest.mark.parametrize(("key", "larger"), [("]", True), ("[", False)])
def test_brackets_make_points_larger_and_smaller(page, key, larger):
    page.page.locator("#boxes").uncheck()
    before = count(page.pixels(), PAPER)
    for _ in range(2):
        page.page.keyboard.press(key)
    assert (count(page.pixels(), PAPER) < before) == larger
    assert page.page.locator("#size").input_value() == ("3" if larger else "1")


def test_boxes_of_the_ground_truth_can_be_hidden(page):
    with_boxes = page.pixels()
    page.page.keyboard.press("b")
    assert (page.pixels() != with_boxes).any(axis=-1).sum() > 100


def test_every_value_that_points_can_be_coloured_by_changes_the_picture(page):
    assert not page.page.locator("[data-mode=difference]").is_visible()  # there is one run only
    words = {"error": "missed", "range": "80 m", "height": "above the ground", "intensity": "1", "confidence": "0.25"}
    for mode in ("truth", "error", "object", "confidence", "range", "height", "intensity"):
        before = page.pixels()
        page.page.locator(f"[data-mode={mode}]").click()
        page.page.locator(f"body[data-mode={mode}]").wait_for()
        assert (page.pixels() != before).any(axis=-1).mean() > 0.005, mode
        assert words.get(mode, "ground truth") in page.page.locator("#legend").inner_text()


def test_a_link_opens_its_frame_and_the_address_follows(browser, viewer):
    page = Page(browser, address(viewer, frame="0000000003"))
    page.frame(3)
    assert page.page.locator("#frame-name").get_attribute("href").endswith("?frame=0000000003")
    for key, position in (("PageUp", 0), ("ArrowRight", 1), ("PageDown", 4)):
        page.page.keyboard.press(key)
        page.frame(position)
        page.until(f"location.search === '?frame={position:010d}'")
    page.page.locator("#next").click()
    page.page.keyboard.press("Space")  # plays: what was clicked keeps no keys
    assert page.page.locator("#play").get_attribute("aria-pressed") == "true"
    page.close()
    page = Page(browser, address(viewer, frame="<b>none"))
    page.frame(0)
    assert "No frame <b>none here" in page.page.locator("#flash").inner_text()
    page.close()


def test_objects_are_listed_selected_and_looked_at(page):
    rows = page.page.locator("#objects button")
    far = [float(row.split("\n")[1]) for row in rows.all_inner_texts()]
    assert far == sorted(far)
    page.page.keyboard.press("o")
    before = page.pixels("#stage")
    selected = [page.page.locator(f"#objects button:nth-child({k})[aria-selected=true]") for k in (1, 2, 3)]
    rows.nth(1).click()
    selected[1].wait_for()
    turned = page.pixels("#stage")
    assert (turned != before).any(axis=-1).mean() > 0.1
    assert count(turned, (255, 255, 255)) > count(before, (255, 255, 255)) + 300  # its box
    page.page.keyboard.press("j")
    selected[2].wait_for()
    page.page.keyboard.press("Escape")
    page.until("!document.querySelector('#objects [aria-selected=true]')")
    page.page.keyboard.press("j")  # the nearest, now in the middle of the screen, where a click marks an object
    selected[0].wait_for()
    page.page.keyboard.press("Escape")
    page.page.locator("[data-mode=object]").click()
    pixels = page.pixels()
    colour = OBJECTS[int(rows.first.get_attribute("data-object")) % len(OBJECTS)].dark
    places = np.argwhere((pixels == colour).all(axis=-1))
    row, column = places[np.abs(places - np.array(pixels.shape[:2]) / 2).sum(axis=1).argmin()]
    box = page.page.locator("#cloud").bounding_box()
    page.page.mouse.click(box["x"] + column + 0.5, box["y"] + row + 0.5)
    page.page.locator("#objects [aria-selected=true]").wait_for()


def test_a_track_is_selected_and_its_life_told(browser, tmp_path):
    source = open_source(write_drive(tmp_path, frames=7))
    boxes = [Box.standing("Car", (10 + k, 0.0, -1.7), (4.2, 1.8, 1.5), 0.0) for k in range(6)]
    car = Track(1, CAR, 0.9, tuple(TrackedBox(k, box, k != 3, 2.0 * k) for k, box in enumerate(boxes)), True)
    tracks, plain = SavedTracks(source, {source.name: [car]}), by_segmenter(segmenter(sensor=source.sensor))
    feed = DriveFeed(
        source,
        lambda frame, scan: replace(plain(frame, scan), followed=tracks.at(frame)),
        class_map("default"),
        tracks=tracks,
    )
    with served(feed) as viewer:
        page = Page(browser, address(viewer))
        find = page.page.locator
        assert find("#life-box").is_hidden()
        assert "moving" in find("#legend").inner_text()
        page.page.keyboard.press("j")
        find("#life-title", has_text="Car 1").wait_for()
        assert "5 of 6 scans" in find("#life-facts").inner_text()
        find("#life-facts button").last.click()
        page.frame(5)
        row = find("[data-object='1'][aria-selected=true]").inner_text().split()
        assert (row[:3], row[-1]) == (["car", "1", "15.0"], "36")  # metres, km/h
        page.page.keyboard.press("f")
        page.until("!document.getElementById('legend').innerText.includes('moving')")
        page.page.keyboard.press("ArrowRight")
        page.frame(6)
        assert find("#life-box").is_hidden()
        page.close()
        assert page.complaints == []
    feed.close()


def test_two_runs_are_compared(browser, recording):
    from squeezeseg import Segmenter

    source = open_source(recording)
    full = by_segmenter(Segmenter.load(sensor=source.sensor))

    def without_cars(frame, scan):
        made = full(frame, scan).result
        return Segmented(replace(made, labels=np.where(made.labels == 1, 0, made.labels).astype(np.uint8)))

    feed = DriveFeed(source, full, class_map("default"), compare_with=without_cars, runs=("all", "runs/<i>none"))
    with served(feed) as viewer:
        page = Page(browser, address(viewer))
        cars = counts(page)[1]
        assert re.fullmatch(r"agree on [0-9.]+ % of object points", page.page.locator("#agreement").inner_text())
        page.page.locator("[data-mode=difference]").click()
        page.page.locator("body[data-mode=difference]").wait_for()
        assert "only <i>none" in page.page.locator("#legend").inner_text()
        assert count(page.pixels(), ERRORS["false"].dark) > 100  # only in the first
        before = page.pixels()
        page.page.keyboard.press("v")
        page.until("document.querySelector('#run-1').getAttribute('aria-checked') === 'true'")
        assert (counts(page)[1], cars > 100) == (0, True)
        assert np.array_equal(page.pixels(), before)  # the difference stays what it is
        assert page.page.locator("#worst-title").inner_text() == "Where the runs differ"
        page.close()
        assert page.complaints == []
    feed.close()


def test_playing_goes_through_the_frames_in_order_and_pausing_stops(browser, viewer):
    watch = """
      window.positions = [];
      new MutationObserver(() => { const p = document.body?.dataset.position;
        if (p && p !== window.positions.at(-1)) window.positions.push(p); })
        .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-position"] });
    """
    page = Page(browser, address(viewer), before=watch)
    page.frame(0)
    page.page.keyboard.press("Space")
    page.frame(4)
    page.frame(1)  # and from the start again
    page.page.locator("#play").click()
    assert page.page.locator("#play").get_attribute("aria-pressed") == "false"
    positions = [int(p) for p in page.page.evaluate("window.positions")]
    assert positions[:5] == [0, 1, 2, 3, 4]
    stopped = int(page.page.locator("#timeline").get_attribute("aria-valuenow")) - 1
    page.frame(stopped)  # the one that was asked for already
    time.sleep(0.5)
    assert page.data("position") == str(stopped)
    page.close()


@pytest.mark.parametrize(("share", "position"), [(0.5, 2), (0.99, 4), (0.01, 0), (0.7, 3)])
def test_a_click_in_the_timeline_lands_on_that_frame(page, share, position):
    box = page.page.locator("#timeline").bounding_box()
    x = box["x"] + GUTTER + share * (box["width"] - GUTTER)
    page.page.mouse.click(x, box["y"] + box["height"] / 2)
    page.frame(position)
    assert page.page.locator("#frame-name").inner_text() == f"{position:010d}"


@pytest.mark.parametrize(
    ("keys", "position"),
    [(["End"], 4), (["End", "Home"], 0), (["ArrowRight", "ArrowRight"], 2), (["End", "ArrowLeft"], 3)],
)
def test_keys_go_to_frames(page, keys, position):
    for key in keys:
        page.page.keyboard.press(key)
    page.frame(position)


def test_the_worst_frame_heads_the_list_and_a_click_goes_there(page):
    page.page.locator("#worst button").nth(4).wait_for(state="attached")
    shares = [float(text) for text in page.page.locator("#worst b").all_inner_texts()]
    assert shares == sorted(shares)
    first = page.page.locator("#worst button").first
    assert first.get_attribute("title").endswith("mean IoU of cars, pedestrians and cyclists")
    first.click()
    page.frame(int(first.get_attribute("data-position")))


def test_themes_follow_the_system_and_then_the_choice(browser, viewer):
    for scheme, other in (("dark", "light"), ("light", "dark")):
        page = Page(browser, address(viewer), color_scheme=scheme)
        assert page.data("look") == scheme
        before = page.pixels()
        page.page.locator("#theme").click()
        page.page.locator(f"body[data-look={other}]").wait_for()
        assert abs(int(page.pixels()[60, 5].mean()) - int(before[60, 5].mean())) > 150
        page.page.reload()
        page.state("ready")
        assert page.data("look") == other
        page.close()


def test_light_points_have_colours_that_show_on_light_paper(browser, viewer):
    page = Page(browser, address(viewer), color_scheme="light")
    kind = commonest(page)
    assert count(page.pixels(), LIGHT[kind]) > 50
    assert count(page.pixels(), COLOURS[kind]) == 0
    page.close()


def test_turning_zooming_and_moving_change_the_view(page):
    page.page.mouse.move(500, 250)
    for act in (
        lambda: page.page.mouse.wheel(0, -400),
        lambda: drag(page, 120, 0),
        lambda: drag(page, 60, 60, "Shift"),
        lambda: page.page.keyboard.press("8"),
        lambda: page.page.keyboard.press("q"),
        lambda: page.page.keyboard.press("w"),
    ):
        before = page.pixels()
        act()
        assert (page.pixels() != before).any(axis=-1).mean() > 0.01


def drag(page, right, down, key=None):
    if key:
        page.page.keyboard.down(key)
    page.page.mouse.move(500, 250)
    page.page.mouse.down()
    page.page.mouse.move(500 + right, 250 + down, steps=4)
    page.page.mouse.up()
    if key:
        page.page.keyboard.up(key)


def test_pointing_at_the_range_image_shows_the_point_and_its_values(page):
    before = page.pixels()
    box = page.page.locator("#strip").bounding_box()
    page.page.mouse.move(box["x"] + box["width"] * 0.47, box["y"] + box["height"] * 0.6)
    page.page.locator("#card").wait_for()
    text = page.page.locator("#card").inner_text()
    assert all(word in text for word in ("truth", "confidence", "intensity", "range", "azimuth", "beam"))
    assert (page.pixels() != before).any(axis=-1).sum() > 20


def test_pointing_at_the_cloud_shows_the_values_of_a_point_there(page):
    pixels = page.pixels()
    rows, columns = np.nonzero((pixels == COLOURS[commonest(page)]).all(axis=-1))
    middle = len(rows) // 2
    page.page.mouse.move(columns[middle] + 0.5, rows[middle] + 44.5)
    page.page.locator("#card").wait_for()
    assert re.search(r"range\s+[0-9.]+ m", page.page.locator("#card").inner_text())


def test_a_picture_has_the_size_that_was_asked_for(page):
    from PIL import Image

    page.page.locator("#snapshot").click()
    page.page.locator("#picture-width").fill("1000")
    page.page.locator("#picture-height").fill("400")
    with page.page.expect_download() as download:
        page.page.locator("#picture-save").click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert download.value.suggested_filename.endswith("_class.png")
    assert picture.size == (1000, 400)
    assert count(np.asarray(picture.convert("RGB")), COLOURS[commonest(page)]) > 50


def test_help_lists_the_keys_and_closes(page):
    page.page.keyboard.press("?")
    assert page.page.locator("#keys").is_visible()
    assert page.page.locator("#key-list kbd").count() > 20
    text = page.page.locator("#key-list").inner_text()
    assert all(f"show or hide {one.plural}" in text for one in CLASS_TABLE)
    page.page.keyboard.press("Escape")
    assert not page.page.locator("#keys").is_visible()


def test_the_page_has_the_classes_that_the_server_tells(browser, tmp_path, monkeypatch):
    table = class_table()
    tram = {"name": "tram", "plural": "trams", "key": "5", "dark": [10, 200, 90], "light": [0, 90, 40]}
    table |= {"classes": [*table["classes"], tram], "no_label": {**table["no_label"], "key": "6"}}
    monkeypatch.setattr("apps.viewer.feeds.drive_feed.class_table", lambda: table)
    feed = drive_feed(write_drive(tmp_path))
    with served(feed) as viewer:
        page = Page(browser, address(viewer))
        rows = page.page.locator(".class-row")
        assert [text.split()[0] for text in rows.all_inner_texts()] == [*CLASSES, "tram", "no"]
        assert "show or hide trams" in page.page.locator("#key-list").text_content()
        page.page.keyboard.press("5")
        page.settle()
        assert [box.is_checked() for box in rows.locator("input").all()] == [True] * 4 + [False, True]
        swatch = rows.nth(4).locator("i")
        assert swatch.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(10, 200, 90)"
        page.close()
        assert page.complaints == []
    feed.close()


def test_both_renderers_draw_the_same_picture(browser, viewer):
    pictures = []
    for name in ("canvas", "webgl"):
        page = Page(browser, address(viewer, renderer=name))
        assert page.data("renderer") == name
        page.page.keyboard.press("o")
        page.page.locator("#boxes").uncheck()
        pictures.append(page.pixels().astype(int))
        page.close()
    drawn = [(picture != PAPER).any(axis=-1) for picture in pictures]
    assert min(mask.sum() for mask in drawn) > 50_000
    differs = np.abs(pictures[0] - pictures[1]).max(axis=-1) > 8
    # WebGL rounds a point's place to a fraction of a pixel before it asks which pixels it covers.
    assert differs.sum() < 0.06 * drawn[0].sum()
    coarse = [picture[:504, :1008].reshape(63, 8, 126, 8, 3).mean(axis=(1, 3)) for picture in pictures]
    assert np.abs(coarse[0] - coarse[1]).mean() < 0.5


def test_software_webgl_is_passed_over(page):
    assert page.data("renderer") == "canvas"


def test_a_tablet_is_used_by_touch(browser, viewer):
    page = Page(browser, address(viewer), viewport={"width": 1024, "height": 768}, has_touch=True)
    before = page.pixels()
    page.page.locator("button[data-view=above]").tap()
    assert (page.pixels() != before).any(axis=-1).mean() > 0.02
    page.page.locator("#next").tap()
    page.frame(1)
    box = page.page.locator("#play").bounding_box()
    assert min(box["width"], box["height"]) >= 36
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 1024
    page.page.set_viewport_size({"width": 724, "height": 768})  # 1024 with the settings beside it
    page.settle()
    places = [
        page.page.locator(part).bounding_box() for part in ("#stage", "#strip-box", "#transport", "#view-buttons")
    ]
    assert max(place["x"] + place["width"] for place in places) <= page.page.locator("#panel").bounding_box()["x"]
    page.page.set_viewport_size({"width": 500, "height": 768})
    page.page.locator("#panel").wait_for(state="hidden")  # it would cover the cloud
    page.close()


def test_a_frame_that_cannot_be_read_is_explained_and_the_others_work(browser, tmp_path):
    drive = write_drive(tmp_path)
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(b"12345")
    feed = drive_feed(drive)
    with served(feed) as viewer:
        page = Page(browser, address(viewer))
        page.page.keyboard.press("ArrowRight")
        page.state("error")
        message = page.page.locator("#message").inner_text()
        assert "0000000001.bin" in message
        assert "Other frames" in message
        page.page.keyboard.press("ArrowRight")
        page.state("ready")
        page.frame(2)
        assert not page.page.locator("#message").is_visible()
        page.close()
    feed.close()


@pytest.mark.parametrize("ended", [True, False])
def test_a_lost_connection_is_told_and_comes_back_by_itself(browser, tmp_path, monkeypatch, ended):
    if not ended:
        monkeypatch.setattr(Viewer, "_take_leave", lambda *_: None)
    feed = drive_feed(write_drive(tmp_path))
    with served(feed) as viewer:
        page = Page(browser, address(viewer))
        page.page.keyboard.press("End")
        page.frame(2)
        port = viewer.port
    page.state("ended" if ended else "disconnected")
    said = page.page.locator("#busy" if ended else "#message").inner_text()
    assert ("has ended" if ended else "No connection") in said
    with served(feed, port=port):
        page.state("ready")
        assert not page.page.locator("#message").is_visible()
        page.frame(2)
    page.close()
    feed.close()


class Sensor:
    """Gives a stream numbered scans, so many a second, until the test ends."""

    def __init__(self, stream, hz):
        self.stream, self.pause, self.ended, self.given = stream, 1 / hz, threading.Event(), 0
        self.thread = threading.Thread(target=self._give)

    def _give(self):
        while not self.ended.wait(self.pause):
            self.stream.put(self.given)
            self.given += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


RECORD = """
  window.numbers = [];
  new MutationObserver(() => { const p = document.body?.dataset.position;
    if (p && Number(p) !== window.numbers.at(-1)) window.numbers.push(Number(p)); })
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-position"] });
"""
SLOW = "window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 350);"


@pytest.mark.parametrize("slow", [False, True])
def test_a_stream_is_seen_in_order_and_what_was_missed_is_told(browser, slow):
    stream = FakeStream()
    feed = LiveFeed(stream, "udp://127.0.0.1:2368")
    with served(feed) as viewer, Sensor(stream, hz=12):
        page = Page(browser, address(viewer), before=RECORD + (SLOW if slow else ""))
        page.until("window.numbers.length >= 12")
        session = next(iter(viewer.sessions))
        numbers = page.page.evaluate("window.numbers")
        assert numbers == sorted(set(numbers))
        missed = sum(b - a - 1 for a, b in pairwise(numbers))
        assert (missed > 10) == slow
        assert session.skipped >= missed
        page.until("Number(document.body.dataset.seen) >= 8")
        tiles = {
            t: page.page.locator(f"[data-tile={t}] b").inner_text() for t in ("sensor", "pipeline", "seen", "skipped")
        }
        assert tiles["sensor"] == tiles["pipeline"] == "10.0"
        assert (float(tiles["seen"]) < 4) == slow
        assert (int(tiles["skipped"]) > 10) == slow
        assert not page.page.locator("#transport").is_visible()
        page.close()
    feed.close()


def test_before_the_first_scan_the_page_says_that_it_waits(browser):
    stream = FakeStream()
    feed = LiveFeed(stream, "udp://127.0.0.1:2368")
    with served(feed) as viewer:
        page = Page(browser, address(viewer), wait=False)
        page.page.locator("#busy", has_text="waiting for the first scan").wait_for()
        stream.put(0)
        page.state("ready")
        page.close()
    feed.close()


def test_a_recording_that_is_played_is_paused_and_stepped_through(browser):
    stream, playback = FakeStream(), Mock()
    playback.pause.side_effect = lambda: setattr(stream, "state", "paused")
    feed = LiveFeed(stream, "a.pcap", playback=playback)
    with served(feed) as viewer:
        page = Page(browser, address(viewer), wait=False)
        stream.put(0)
        page.frame(0)
        page.page.locator("#cloud").click()
        page.page.keyboard.press("Space")
        page.page.locator("#link", has_text="paused").wait_for()
        page.page.keyboard.press("ArrowRight")
        page.page.locator("#play").click()
        end = time.monotonic() + 30
        while not playback.resume.called:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert (playback.pause.call_count, playback.step.call_count) == (1, 1)
        page.close()
    feed.close()


@pytest.fixture
def command(recording):
    """The command itself, Streamlit's page included."""
    words = [sys.executable, "-m", "apps", "view", recording, "--no-browser", "--port", "0", "--frame", "2"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    yield process, process.stdout.readline().split()[-1]
    process.kill()
    process.wait()


def test_the_command_shows_the_viewer_in_streamlits_page_and_asks_nobody_else(browser, command):
    process, url = command
    page = Page(browser, url, wait=False)
    inside = page.page.frame_locator("iframe")
    inside.locator("body[data-state=ready][data-position='2']").wait_for()
    page.page.keyboard.press("ArrowRight")  # without a click
    inside.locator("body[data-state=ready][data-position='3']").wait_for()
    page.until("location.search === '?frame=0000000003'")
    assert inside.locator("#source").inner_text() != ""
    inside.locator("#help").click()  # under Streamlit's own header
    inside.locator("#keys").get_by_text("Close").click()
    page.page.get_by_test_id("stExpandSidebarButton").click()
    turned = "getComputedStyle(document.querySelector('[data-testid=stSidebar]')).filter != 'none'"
    before = page.page.evaluate(turned)
    inside.locator("#theme").click()
    assert (before, page.page.evaluate(turned)) == (False, True)  # Streamlit's page goes along
    page.page.get_by_text("Conditional random field").click()
    page.page.get_by_text("Segment again").click()
    inside.locator("#about", has_text=re.compile("CRF\\s*off")).wait_for()
    inside.locator("body[data-state=ready]").wait_for()
    assert [c for c in page.complaints if "sandbox" not in c] == []
    page.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
