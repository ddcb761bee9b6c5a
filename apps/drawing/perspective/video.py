"""Videos, encoded by ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from data.atomic import atomic_write
from projection import InputError

_H264 = ("-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
"""At this constant rate factor points stay sharp."""

ENCODINGS = {
    ".mp4": ("mp4", _H264),
    ".mkv": ("matroska", _H264),
    ".mov": ("mov", _H264),
    # Moving pictures, for pages that show no videos: they begin again where they end.
    ".webp": ("webp", ("-c:v", "libwebp_anim", "-quality", "45", "-compression_level", "6", "-loop", "0")),
    ".gif": ("gif", ("-loop", "0")),
}
"""ffmpeg's name of the container, and what it is told of the encoder, by suffix."""


class Video:
    """Takes the pictures of a video that is being encoded; see `open_video`."""

    def __init__(self, path: Path, size: tuple[int, int], process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        self._path = path
        self._shape = size[1], size[0], 3
        self._process = process
        self._said = said
        self.frames = 0

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Add a picture (H, W, 3) uint8. Raises InputError if ffmpeg has given up."""
        if picture.shape != self._shape or picture.dtype != np.uint8:
            raise ValueError(f"expected a picture {self._shape} uint8, got {picture.shape} {picture.dtype}")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(picture).data)
        except BrokenPipeError:
            self._process.wait()
            raise self._failed() from None
        self.frames += 1

    def finish(self) -> None:
        """Wait for the encoder. Raises InputError if it failed."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.wait():
            raise self._failed()

    def _failed(self) -> InputError:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return InputError(f"{self._path}: ffmpeg cannot encode it ({lines[-1] if lines else 'it does not say why'})")


@contextmanager
def open_video(path: Path, size: tuple[int, int], fps: float) -> Iterator[Video]:
    """A video that takes the name `path` when the block ends without an exception, as with `atomic_write`.

    Args:
        path: .mp4, .mkv or .mov; .webp or .gif for a moving picture.
        size: width and height in pixels, both even: the encoders halve the colours' resolution.
        fps: frames per second.

    Raises:
        InputError: another suffix or size, no ffmpeg, or what it or the folder refuses.

    Example:
        with open_video(Path("a.mp4"), (1280, 720), fps=10) as video:
            video.write(picture)
    """
    check_video(path, size, fps)
    width, height = size
    program = find_ffmpeg()
    with atomic_write(path) as file, tempfile.TemporaryFile() as said:
        taken = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "pipe:0"]
        container, made = ENCODINGS[path.suffix.lower()]
        process = subprocess.Popen(  # noqa: S603 - a program of this name, with arguments of ours
            [program, "-loglevel", "error", "-y", *taken, *made, "-f", container, file.name],
            stdin=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # so that Ctrl-C stops us and not the encoder, which has a file to finish
        )
        try:
            video = Video(path, size, process, said)
            yield video
            video.finish()
        finally:
            process.kill()
            process.wait()
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()


def check_video(path: Path, size: tuple[int, int], fps: float) -> None:
    """Raise InputError if there can be no video of this name, size and pace. For before the work."""
    if path.suffix.lower() not in ENCODINGS:
        raise InputError(f"{path}: videos are {', '.join(ENCODINGS)} files")
    if size[0] % 2 or size[1] % 2:
        raise InputError(f"size {size[0]}x{size[1]}: a video's width and height must be even")
    if not 0.1 <= fps <= 240:
        raise InputError(f"fps {fps:g}: must be 0.1 to 240")


def find_ffmpeg() -> str:
    """ffmpeg, the system's or else the one that the package imageio-ffmpeg brings. Raises InputError without both."""
    if (program := shutil.which("ffmpeg")) is not None:
        return program
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise InputError(
            "videos need ffmpeg, which is not there; 'apt install ffmpeg' or 'pip install imageio-ffmpeg'"
        ) from None
