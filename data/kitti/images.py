"""Pictures of KITTI's object benchmark, and any others: a folder of them, with labels beside it if there are any."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.kitti.object_labels import ObjectLabel, read_object_labels
from data.text_file import read_lines
from projection.errors import InputError

SUFFIXES = (".png", ".jpg", ".jpeg")
IMAGES, LABELS, SPLIT = "image_2", "label_2", "training"
MAX_PIXELS = 1 << 25


@dataclass(frozen=True)
class ImageFolder:
    """Pictures, each of a name of its own.

    path: as it was given. files: the pictures. labels: the folder of their labels, which may not be there.
    """

    path: Path
    files: tuple[Path, ...]
    labels: Path

    def label_file(self, image: Path) -> Path:
        """The file of a picture's labels, whether it is there or not."""
        return self.labels / f"{image.stem}.txt"

    @property
    def labelled(self) -> ImageFolder:
        """Those pictures that have labels. Raises InputError if none has."""
        files = tuple(file for file in self.files if self.label_file(file).is_file())
        if not files:
            raise InputError(f"{self.path}: no labels; KITTI's object data have them in {LABELS}, beside {IMAGES}")
        return replace(self, files=files)

    def read_labels(self, image: Path) -> list[ObjectLabel]:
        """The labels of a picture. Raises InputError if they are missing or broken."""
        return read_object_labels(self.label_file(image))

    def listed(self, split: Path) -> ImageFolder:
        """The pictures that a text file names, one a line. Raises InputError if one isn't here."""
        try:
            names = read_lines(split)
        except (OSError, ValueError) as error:
            raise InputError(f"{split}: cannot be read ({error}); give a text file of names, one a line") from None
        known = {file.stem: file for file in self.files}
        if missing := [name for name in names if name not in known]:
            raise InputError(f"{split}: {missing[0][:40]!r} is no picture of {self.path}; give another --split")
        if not names:
            raise InputError(f"{split}: names no picture; give a text file of names, one a line")
        return replace(self, files=tuple(known[name] for name in names))


def open_images(path: Path) -> ImageFolder:
    """A folder of KITTI's object benchmark (or the one above), of pictures, or a picture.

    Raises:
        InputError: there are no pictures.

    Example:
        >>> images = open_images(Path("kitti/training")).listed(Path("train.txt"))
    """
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path}: no picture; give .png or .jpg files, or a folder of them")
        return ImageFolder(path, (path,), path.parent.parent / LABELS)
    for folder in (path / IMAGES, path / SPLIT / IMAGES, path):
        files = sorted(file for file in _files(folder) if file.suffix.lower() in SUFFIXES)
        if files:
            if len({file.stem for file in files}) < len(files):
                raise InputError(f"{folder}: two pictures of one name; results are named after them, so rename one")
            return ImageFolder(path, tuple(files), folder.parent / LABELS)
    raise InputError(f"{path}: no pictures; KITTI's object data have them in {IMAGES}")


def read_image(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) red, green and blue of a picture.

    Raises:
        InputError: it cannot be read, or has over 33 million pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise InputError(f"{path}: {image.width} x {image.height} pixels, over {MAX_PIXELS:,}; shrink it")
                return np.asarray(image.convert("RGB"))
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such picture") from None
    except Exception:  # Pillow raises many kinds on damaged files
        raise InputError(f"{path}: cannot be read as a picture; copy it again") from None


def _files(folder: Path) -> Sequence[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
