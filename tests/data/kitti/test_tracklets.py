from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.boxes import Box
from data.kitti.tracklets import Tracklet, boxes_by_frame, from_boxes, read_tracklets, write_tracklets
from projection.errors import InputError

CAR = Tracklet("Car", (4.5, 1.8, 1.5), 3, np.array([[10, 2, -1.7, 0.1], [11, 2, -1.7, 0.123456789012345]]))
WALKER = Tracklet("Person <sitting> & co", (0.8, 0.6, 1.7), 4, np.array([[5.0, -2, -1.7, -3]]))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_tracklets(tmp_path / "t.xml", [CAR, WALKER])
    for before, after in zip([CAR, WALKER], read_tracklets(tmp_path / "t.xml"), strict=True):
        assert (after.kind, after.size, after.first_frame) == (before.kind, before.size, before.first_frame)
        assert np.array_equal(after.poses, before.poses)


def test_no_tracklets_are_a_file_too(tmp_path: Path) -> None:
    write_tracklets(tmp_path / "t.xml", [])
    assert read_tracklets(tmp_path / "t.xml") == []


def test_pose_k_belongs_to_frame_first_plus_k() -> None:
    boxes = boxes_by_frame([CAR, WALKER])
    assert sorted(boxes) == [3, 4]
    assert boxes[4] == (
        Box.standing("Car", (11, 2, -1.7), CAR.size, 0.123456789012345, track=0),
        Box.standing(WALKER.kind, (5, -2, -1.7), WALKER.size, -3, track=1),
    )


def test_an_object_that_was_out_of_sight_comes_back_as_another() -> None:
    car, walker = (
        Box.standing("Car", (1, 2, 3), (4, 2, 1), 0.5, track=7),
        Box.standing("Pedestrian", (1, 2, 3), (1, 1, 2), 0, track=9),
    )
    tracklets = from_boxes([[car], [car, walker], [], [car]])
    assert [(t.kind, t.first_frame, len(t.poses)) for t in tracklets] == [
        ("Car", 0, 2),
        ("Pedestrian", 1, 1),
        ("Car", 3, 1),
    ]
    assert boxes_by_frame(tracklets)[3] == (replace(car, track=2),)


def test_numpys_numbers_are_written_as_numbers(tmp_path: Path) -> None:
    size = (np.float64(4), np.float64(2), np.float64(1.5))
    write_tracklets(tmp_path / "t.xml", [Tracklet("Car", size, 0, np.zeros((1, 4)))])
    assert read_tracklets(tmp_path / "t.xml")[0].size == (4, 2, 1.5)


GOOD = """<boost_serialization><tracklets><item><objectType>Car</objectType><h>1</h><w>1</w><l>1</l>
<first_frame>0</first_frame><poses><item><tx>1</tx><ty>1</ty><tz>1</tz><rz>0</rz></item></poses></item>
</tracklets></boost_serialization>"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "broken tracklets"),
        (GOOD[:150], "broken tracklets"),
        ("<svg/>", "boost_serialization/tracklets"),
        (GOOD.replace("<rz>0</rz>", ""), "without rz"),
        (GOOD.replace("<rz>0</rz>", "<rz>east</rz>"), "east"),
        (GOOD.replace("<rz>0</rz>", "<rz>nan</rz>"), "finite"),
        (GOOD.replace("<h>1</h>", "<h>-1</h>"), "not negative"),
        (GOOD.replace("<first_frame>0", "<first_frame>inf"), "broken tracklets"),
        ("<a>" * 50 + "</a>" * 50, "nested deeper"),
        (GOOD.replace("Car", "C" * 2000), "a text of over 1,000"),
        (GOOD.replace("tracklets>", "trackless>"), "boost_serialization/tracklets"),
        (GOOD.replace("</item></poses>", "</item><item/></poses>"), "without tx"),
    ],
)
def test_broken_tracklets_are_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "tracklet_labels.xml"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_tracklets(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declarations",
    [
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a "b">',
    ],
)
def test_entities_are_refused(tmp_path: Path, declarations: str, encoding: str) -> None:
    text = f"<!DOCTYPE boost_serialization [{declarations}]>{GOOD.replace('<rz>0</rz>', '<rz>&b;</rz>')}"
    (tmp_path / "t.xml").write_bytes(text.encode(encoding))
    with pytest.raises(InputError, match="entities"):
        read_tracklets(tmp_path / "t.xml")


def test_an_external_document_type_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "t.xml").write_text(f'<!DOCTYPE boost_serialization SYSTEM "http://localhost:9/x.dtd">{GOOD}')
    assert len(read_tracklets(tmp_path / "t.xml")) == 1


def test_a_file_beyond_measure_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.kitti.tracklets.MAX_BYTES", 100)
    (tmp_path / "t.xml").write_text(GOOD)
    with pytest.raises(InputError, match="over 100 bytes"):
        read_tracklets(tmp_path / "t.xml")


@pytest.mark.parametrize("element", ["<a/>", "<count>1</count>", "<item_version a='1'/>"])
def test_small_elements_take_no_memory(tmp_path: Path, element: str) -> None:
    text = GOOD.replace("<first_frame>", element * (400_000 // len(element)) + "<first_frame>")
    (tmp_path / "t.xml").write_text(text)
    tracemalloc.start()
    try:
        assert len(read_tracklets(tmp_path / "t.xml")) == 1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * len(text)  # a tree takes thirty times
