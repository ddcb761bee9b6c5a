"""The viewer in a window of its own, by open3d."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape

from apps import console
from apps.desktop.library import load_open3d
from apps.desktop.lookahead import Lookahead, SegmentedFrame
from apps.desktop.playback import KEYS, Look, Playback
from apps.desktop.probe import check_window
from apps.drawing.colouring import Coloured, ColourMode, colour_points
from apps.drawing.outlines import Outlines
from apps.drawing.perspective.scenery import rings, wireframe
from apps.drawing.perspective.viewpoint import VIEWPOINTS
from data import labels
from projection import InputError
from squeezeseg.plotting.palette import CLASS_LEGEND, FAINT, INK, PAPER
from squeezeseg.running.rate_meter import RateMeter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.scan import Scan
    from data.sources import Source
    from squeezeseg import Segmentation

SIZE = 1280, 720
_POINTS, _RINGS, _BOXES = "points", "rings", "boxes"
_WORDS = 2 + len(CLASS_LEGEND)
"""Lines of text: the frame's name, and what colours mean."""
_DARKEST_WORD = 90
"""Red, green and blue in a word are at least this."""
RECENT_FRAMES = 20
"""Over which frames a second are counted."""
_IDLE = 0.005
"""Seconds of sleep between two looks at the keyboard."""


def show(
    source: Source,
    segmenter: Callable[[Scan], Segmentation],
    *,
    colour: ColourMode = "class",
    boxes: bool = False,
    fps: float = 10.0,
    class_map: str = "default",
) -> None:
    """Show a source in a window until it is closed, its frames labelled in the background.

    Args:
        source: what is shown, one frame after the other and then again.
        segmenter: labels its scans, such as a `Segmenter`; it belongs to another thread meanwhile.
        colour: what the points' colours say at first.
        boxes: whether boxes are drawn at first.
        fps: frames a second, where labelling and drawing are fast enough.
        class_map: the name of the ground truth's.

    Raises:
        InputError: no display, no open3d, nothing that draws a window, no such class map, or `colour` is 'error' and
            there is no ground truth.
    """
    if colour == "error" and not source.labelled:
        raise InputError(f"{source.path}: has no ground truth, so nobody knows the errors; choose another --colour")
    truth = labels.class_map(class_map)
    check_display()
    load_open3d()
    check_window()
    playback = Playback(len(source), mode=colour, truth=source.labelled, fps=fps, boxes=boxes)
    window = Window(source, playback)
    help_on_keys()
    with Lookahead(source, segmenter, truth) as frames:
        try:
            window.run(frames)
        finally:
            window.close()


def check_display() -> None:
    """Raise InputError where no window can be opened. open3d itself would draw into the void, or abort the process."""
    with suppress(OSError):
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        if (display := x11.XOpenDisplay(None)) is not None:
            x11.XCloseDisplay(ctypes.c_void_p(display))
            return
    raise InputError(
        "no display that a window could open on; use 'squeezeseg view' without --desktop and a browser, or "
        "'squeezeseg render' for pictures"
    )


def help_on_keys() -> None:
    """Say what the keys do."""
    for keys, what in KEYS.items():
        console.say(f"  [bold]{escape(keys):12}[/bold] {what}")


class Window:
    """Shows what a `Playback` says, and tells it which keys are pressed."""

    def __init__(self, source: Source, playback: Playback) -> None:
        self._source = source
        self._playback = playback
        self._rate = RateMeter(last=RECENT_FRAMES)
        self._said: set[str] = set()
        self._closing = False
        self._open3d = open3d = load_open3d()
        gui, rendering = open3d.visualization.gui, open3d.visualization.rendering
        # Its own information is for its developers.
        open3d.utility.set_verbosity_level(open3d.utility.VerbosityLevel.Error)
        self._app = gui.Application.instance
        self._app.initialize()
        self._window = self._app.create_window(f"squeezeseg: {source.name}", *SIZE)
        self._window.set_on_key(self._on_key)
        self._window.set_on_close(self._on_close)
        self._window.set_on_layout(self._on_layout)
        self._view = gui.SceneWidget()
        self._view.scene = rendering.Open3DScene(self._window.renderer)
        # Else colours are taken for light, whose brightness is adapted: none would be that of the legend.
        self._view.scene.view.set_post_processing(False)
        self._view.scene.set_background([value / 255 for value in (*PAPER, 255)])
        self._legend = gui.Vert(4)
        self._words = [gui.Label(" " * 24) for _ in range(_WORDS)]
        for label in self._words:
            self._legend.add_child(label)
        self._window.add_child(self._view)
        self._window.add_child(self._legend)
        self._keys = {
            getattr(gui.KeyName, name): key
            for name, key in {
                **{name: name.lower() for name in ("SPACE", "LEFT", "RIGHT", "HOME", "END", *"BHQ")},
                **{one.key.upper(): one.key for one in labels.CLASS_TABLE},
                **dict(zip(("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"), "123456", strict=True)),
                **{"EQUALS": "+", "PLUS": "+", "MINUS": "-", "ESCAPE": "q"},
            }.items()
            if hasattr(gui.KeyName, name)
        }
        self._put_camera()
        lines = rings(-source.base_sensor.height)
        self._set(_RINGS, self._lines([Outlines((), FAINT)], [lines]), "unlitLine", 1)

    def run(self, frames: Lookahead) -> None:
        """Until the window is closed or 'q' is pressed."""
        playback = self._playback
        drawn: Look | None = None
        while self._app.run_one_tick() and not playback.quitting:
            now = time.monotonic()
            playback.advance(now)
            if playback.asked_for_help:
                playback.asked_for_help = False
                help_on_keys()
            look = playback.look
            if look == drawn:
                time.sleep(_IDLE)
                continue
            try:
                item = frames.get(playback.position)
            except InputError as error:
                if str(error) not in self._said:
                    self._said.add(str(error))
                    console.warn(f"{error} (skipped)")
                playback.shown(now)
                drawn = look
                continue
            if item is None:
                self._title("labelling")
                time.sleep(_IDLE)
                continue
            self._draw(item)
            if drawn is None or drawn.position != look.position:
                playback.shown(now)
                self._rate.tick(now)
            drawn = look
            rate = self._rate.fps
            if not playback.playing:
                self._rate.restart()
                self._title("paused")
            else:
                self._title(f"{rate:.1f} frames/s" if rate else "")

    def close(self) -> None:
        """Close the window. It can't be used any more."""
        self._closing = True
        self._window.close()
        self._app.run_one_tick()

    def _draw(self, item: SegmentedFrame) -> None:
        playback = self._playback
        coloured = colour_points(playback.mode, item.scan, item.result, self._source.base_sensor.height, item.truth)
        shown = visible(item, playback)
        self._set(_POINTS, self._cloud(item.scan.points[shown], coloured.colours[shown]), "defaultUnlit", 0)
        groups = item.outlines if playback.boxes else []
        self._set(_BOXES, self._lines(groups, [wireframe(group.boxes) for group in groups]), "unlitLine", 2)
        for label, (text, colour) in zip(self._words, words(item, coloured, len(self._words)), strict=True):
            label.text = text
            label.text_color = self._open3d.visualization.gui.Color(
                *(max(value, _DARKEST_WORD) / 255 for value in colour)
            )
        self._window.set_needs_layout()
        self._window.post_redraw()

    def _set(self, name: str, geometry: Any, shader: str, line_width: int) -> None:
        """Show a geometry in the place of the one that had its name."""
        scene = self._view.scene
        if scene.has_geometry(name):
            scene.remove_geometry(name)
        if geometry is None:
            return
        material = self._open3d.visualization.rendering.MaterialRecord()
        material.shader = shader
        scaling = self._window.scaling
        material.point_size = float(self._playback.point_size * scaling)
        material.line_width = float(max(line_width, 1) * scaling)
        scene.add_geometry(name, geometry, material)

    def _cloud(self, points: NDArray[np.float32], colours: NDArray[np.uint8]) -> Any:
        """open3d's cloud, None of no points."""
        if not len(points):
            return None
        tensor = self._open3d.core.Tensor.from_numpy
        cloud = self._open3d.t.geometry.PointCloud(tensor(np.ascontiguousarray(points[:, :3])))
        cloud.point.colors = tensor(colours.astype(np.float32) / 255)
        return cloud

    def _lines(self, groups: Sequence[Outlines], lines: Sequence[NDArray[np.float32]]) -> Any:
        """open3d's lines (M, 6) of each group in its colour, None of no lines."""
        if not sum(map(len, lines)):
            return None
        utility = self._open3d.utility
        ends = np.concatenate(lines).reshape(-1, 3).astype(np.float64)
        colours = [np.full((len(part), 3), group.colour) / 255 for group, part in zip(groups, lines, strict=True)]
        result = self._open3d.geometry.LineSet()
        result.points = utility.Vector3dVector(ends)
        result.lines = utility.Vector2iVector(np.arange(len(ends), dtype=np.int32).reshape(-1, 2))
        result.colors = utility.Vector3dVector(np.concatenate(colours))
        return result

    def _put_camera(self) -> None:
        """Behind the car, as `render` has it."""
        chase = VIEWPOINTS["chase"]
        around = self._open3d.geometry.AxisAlignedBoundingBox([-80.0, -80.0, -5.0], [80.0, 80.0, 10.0])
        self._view.setup_camera(chase.field, around, np.array(chase.target))
        self._view.look_at(np.array(chase.target), chase.eye, np.array([0.0, 0.0, 1.0]))
        self._view.set_view_controls(self._open3d.visualization.gui.SceneWidget.Controls.ROTATE_CAMERA)

    def _title(self, state: str) -> None:
        playback = self._playback
        frame = self._source.frames[playback.position]
        place = f"frame {frame.number} ({playback.position + 1} of {playback.count})"
        words = ["squeezeseg", self._source.recording(frame), place, playback.mode, state]
        self._window.title = "  ·  ".join(word for word in words if word)

    def _on_key(self, event: Any) -> bool:
        key = self._keys.get(event.key)
        if event.type != self._open3d.visualization.gui.KeyEvent.Type.DOWN or key is None:
            return False
        return self._playback.press(key)

    def _on_close(self) -> bool:
        # We close it ourselves, as with 'q': open3d frees a window at once, whoever still uses it.
        self._playback.quitting = True
        return self._closing

    def _on_layout(self, context: Any) -> None:
        gui = self._open3d.visualization.gui
        frame = self._window.content_rect
        self._view.frame = frame
        wanted = self._legend.calc_preferred_size(context, gui.Widget.Constraints())
        margin = int(12 * self._window.scaling)
        self._legend.frame = gui.Rect(frame.x + margin, frame.y + margin, wanted.width, wanted.height)


def visible(item: SegmentedFrame, playback: Playback) -> NDArray[np.bool_]:
    """(N,): which of the frame's points are shown: returns, of classes that are not hidden."""
    hidden = np.isin(item.result.labels, list(playback.hidden))
    return np.asarray(~hidden & np.isfinite(item.scan.points[:, :3]).all(axis=1))


def words(item: SegmentedFrame, coloured: Coloured, count: int) -> list[tuple[str, labels.RGB]]:
    """`count` lines of text with their colours: the frame's name, what the colours mean, nothing."""
    lines = [(f"frame {item.frame.number}", INK)]
    if (scale := coloured.scale) is None:
        lines += coloured.legend.items()
    else:
        lines.append((scale.name, INK))
        for share in (0.0, 0.5, 1.0):
            red, green, blue = scale.table[round(share * 255)].tolist()
            lines.append((scale.mark(share), (red, green, blue)))
    return (lines + [("", INK)] * count)[:count]
