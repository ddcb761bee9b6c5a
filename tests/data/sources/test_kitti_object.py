from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.labels import CLASS_MAPS, IGNORE
from data.sources import open_source
from data.sources.kitti_object import KittiObject
from projection.errors import InputError

MakeObject = Callable[..., Path]
DEFAULT, SQUEEZESEG = CLASS_MAPS["default"], CLASS_MAPS["squeezeseg"]
# type, truncated, occluded, alpha, rectangle, height width length, x y z, turn: 4 m long, heading ahead, 10 m away
CAR = "Car 0 0 0 500 100 700 300 2 1 4 0 1 10 -1.5707963"
DONT_CARE = "DontCare -1 -1 -10 {} -1 -1 -1 -1000 -1000 -1000 -10"


def truth_of(path: Path, class_map: str = "default") -> list[int] | None:
    source = open_source(path)
    truth = source.truth(source.frames[0], source.scan(source.frames[0]), CLASS_MAPS[class_map])
    return None if truth is None else truth.tolist()


def test_boxes_come_into_the_sensors_frame(make_object: MakeObject) -> None:
    source = open_source(make_object(np.ones((3, 4), np.float32), CAR))
    assert isinstance(source, KittiObject)
    (box,) = source.boxes(source.frames[0]) or ()
    assert box.kind == "Car"
    np.testing.assert_allclose((*box.bottom, *box.size, box.yaw), (10, 0, -1, 4, 1, 2, 0), atol=1e-6)


@pytest.mark.parametrize("turn", [-3.0, -1.0, 0.0, 0.5, 2.5])
def test_turning_about_the_cameras_y_is_turning_back_about_z(make_object: MakeObject, turn: float) -> None:
    source = open_source(make_object(np.ones((3, 4), np.float32), CAR.replace("-1.5707963", str(turn))))
    (box,) = source.boxes(source.frames[0]) or ()
    assert np.cos(box.yaw - (-turn - np.pi / 2)) == pytest.approx(1)


@pytest.mark.parametrize(("class_map", "tram"), [("default", IGNORE), ("squeezeseg", 0)])
def test_what_a_class_map_does_not_know_is_ignored_or_background(
    make_object: MakeObject, class_map: str, tram: int
) -> None:
    points = np.array([[10, 0, 0, 0]], np.float32)
    assert truth_of(make_object(points, CAR.replace("Car", "Tram")), class_map) == [tram]


def test_dont_care_hides_what_shows_in_it_but_no_object(make_object: MakeObject) -> None:
    # In the car; in the rectangle, beside the car; out of it; behind the camera where it would show.
    points = np.array([[10, 0, 0, 0], [20, 0.1, 0, 0], [10, 4, 0, 0], [-10, 0, 0, 0]], np.float32)
    label = f"{CAR}\n{DONT_CARE.format('600 150 640 220')}\n"
    assert truth_of(make_object(points, label)) == [1, IGNORE, 0, IGNORE]


def test_what_is_labelled_in_the_image_only_is_as_dont_care(
    make_object: MakeObject, caplog: pytest.LogCaptureFixture
) -> None:
    points = np.array([[10, 0, 0, 0], [20, 0.1, 0, 0], [10, 4, 0, 0]], np.float32)
    flat = DONT_CARE.format("600 150 640 220").replace("DontCare", "Pedestrian")
    path = make_object(points, f"{CAR}\n{flat}\n")
    source = open_source(path)
    assert [box.kind for box in source.boxes(source.frames[0]) or ()] == ["Car"]
    assert truth_of(path) == [1, IGNORE, 0]
    assert "000007.txt: labelled in the image only, so treated as DontCare: Pedestrian" in caplog.text


def test_no_label_file_is_no_truth(make_object: MakeObject) -> None:
    path = make_object(np.ones((3, 4), np.float32))
    assert truth_of(path) is None
    assert not open_source(path).labelled


def test_an_empty_label_file_is_all_background(make_object: MakeObject) -> None:
    assert truth_of(make_object(np.array([[10, 0, 0, 0]], np.float32), "")) == [0]


def test_testing_has_no_labels(make_object: MakeObject) -> None:
    root = make_object(np.ones((3, 4), np.float32))
    (root / "training").rename(root / "testing")
    (root / "testing" / "label_2").rmdir()
    for path in (root, root / "testing", root / "testing" / "velodyne"):
        assert open_source(path).name == "kitti_object_testing"


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("Car 0 0", "15 are needed"),
        (CAR.replace("500", "left"), "left"),
        (CAR.replace(" 10 ", " inf "), "not finite"),
    ],
)
def test_broken_labels_are_named(make_object: MakeObject, label: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        truth_of(make_object(np.ones((3, 4), np.float32), label))
    assert "000007.txt" in str(caught.value)


def test_labels_without_calibration_cannot_be_used(make_object: MakeObject) -> None:
    root = make_object(np.ones((3, 4), np.float32), CAR)
    (root / "training" / "calib" / "000007.txt").unlink()
    with pytest.raises(InputError, match="calib"):
        truth_of(root)


def test_real_boxes_hold_the_points_of_their_objects(real: Path) -> None:
    """A wrong calibration or heading would leave them in the air beside the cars."""
    source = open_source(real / "kitti_object")
    near = [
        np.count_nonzero(box.contains(source.scan(frame).points))
        for frame in source.frames[:8]
        for box in source.boxes(frame) or ()
        if np.hypot(*box.centre[:2]) < 25
    ]
    assert len(near) >= 8
    assert np.median(near) > 200  # some are hidden whole
