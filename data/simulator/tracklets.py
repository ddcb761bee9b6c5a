"""tracklet_labels.xml: boxes through time, as KITTI's raw drives have them."""

from __future__ import annotations

from collections.abc import Sequence

from data.boxes import Box

_HEAD = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<!DOCTYPE boost_serialization>
<boost_serialization signature="serialization::archive" version="9">
<tracklets class_id="0" tracking_level="0" version="0">
\t<count>{count}</count>
\t<item_version>1</item_version>
"""
_TAIL = "</tracklets>\n</boost_serialization>\n"


def tracklets_xml(frames: Sequence[Sequence[Box]]) -> str:
    """The file's text for the boxes of each frame.

    A box's `track` says which boxes are one object's; a tracklet has no gaps, so an object that was out of
    sight for a while comes back as a new one.
    """
    runs: list[tuple[int, list[Box]]] = []
    current: dict[int, list[Box]] = {}
    for number, boxes in enumerate(frames):
        seen: dict[int, list[Box]] = {}
        for box in boxes:
            run = current.get(box.track)
            if run is None:
                run = []
                runs.append((number, run))
            run.append(box)
            seen[box.track] = run
        current = seen
    return _HEAD.format(count=len(runs)) + "".join(_item(first, run) for first, run in runs) + _TAIL


def _item(first: int, run: Sequence[Box]) -> str:
    length, width, height = run[0].size
    lines = ["\t<item>", f"\t\t<objectType>{run[0].kind}</objectType>"]
    lines += [f"\t\t<h>{height:.6f}</h>", f"\t\t<w>{width:.6f}</w>", f"\t\t<l>{length:.6f}</l>"]
    lines += [f"\t\t<first_frame>{first}</first_frame>", "\t\t<poses>"]
    lines += [f"\t\t\t<count>{len(run)}</count>", "\t\t\t<item_version>2</item_version>"]
    for box in run:
        x, y, z = box.centre
        values = {"tx": f"{x:.6f}", "ty": f"{y:.6f}", "tz": f"{z:.6f}", "rx": "0", "ry": "0", "rz": f"{box.yaw:.6f}"}
        values |= {"state": "2", "occlusion": "-1", "occlusion_kf": "0", "truncation": "-1"}
        values |= dict.fromkeys(("amt_occlusion", "amt_border_l", "amt_border_r"), "0")
        values |= dict.fromkeys(("amt_occlusion_kf", "amt_border_kf"), "-1")
        lines += [
            "\t\t\t<item>",
            *(f"\t\t\t\t<{name}>{value}</{name}>" for name, value in values.items()),
            "\t\t\t</item>",
        ]
    lines += ["\t\t</poses>", "\t\t<finished>1</finished>", "\t</item>"]
    return "\n".join(lines) + "\n"
