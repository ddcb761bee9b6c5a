"""Lettering: a picture's title, its legend, and the distances at the rings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from apps.drawing.colouring import Coloured, Scale
from apps.drawing.track_marks import Tag
from squeezeseg.plotting.palette import DIM, INK, PAPER, Legend

_SHADE = (*PAPER, 200)
"""Behind words, so that points don't shine through."""
_TALL = 720
"""A picture of this height has letters of the size that is meant."""


class Lettering:
    """Writes on pictures of one size: width and height in pixels. The letters grow with the picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._unit = max(min(size[1] / _TALL, size[0] / 960), 0.5)
        self._large, self._small = (ImageFont.load_default(size=self._px(px)) for px in (20, 15))

    def write(
        self,
        image: NDArray[np.uint8],
        title: str,
        subtitle: str,
        coloured: Coloured,
        outlines: Legend,
        marks: Sequence[tuple[str, float, float]],
        tags: Sequence[tuple[Tag, float, float]] = (),
    ) -> NDArray[np.uint8]:
        """The picture (H, W, 3) with words: a title, what the points' colours and the lines' mean, marks.

        marks: words, and the column and row below their middle. tags: likewise; one that would hide an earlier one is
            left out.
        """
        picture = Image.fromarray(image)
        draw = ImageDraw.Draw(picture, "RGBA")
        for text, column, row in marks:
            draw.text((column, row), text, fill=DIM, font=self._small, anchor="mb")
        self._tags(draw, tags)
        edge = self._px(18)
        wide = max(draw.textlength(title, self._large), draw.textlength(subtitle, self._small))
        deep = self._px(58 if subtitle else 34)
        draw.rectangle((0, 0, 2 * edge + wide, edge / 2 + deep), fill=_SHADE)
        draw.text((edge, self._px(14)), title, fill=INK, font=self._large)
        draw.text((edge, self._px(40)), subtitle, fill=DIM, font=self._small)
        if coloured.scale is None:
            self._names(draw, {**coloured.legend, **outlines}, outlines)
        else:
            self._bar(draw, picture, coloured.scale)
        return np.array(picture)

    def _tags(self, draw: ImageDraw.ImageDraw, tags: Sequence[tuple[Tag, float, float]]) -> None:
        """Where they hide none of those before."""
        taken: list[tuple[float, float, float, float]] = []
        for tag, column, row in tags:
            box = draw.textbbox((column, row), tag.text, self._small, anchor="mb")
            left, top, right, bottom = (box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2)
            if any(left < r and l < right and top < b and t < bottom for l, t, r, b in taken):  # noqa: E741
                continue
            taken.append((left, top, right, bottom))
            draw.rectangle((left, top, right, bottom), fill=_SHADE)
            draw.text((column, row), tag.text, fill=tag.colour, font=self._small, anchor="mb")

    def _names(self, draw: ImageDraw.ImageDraw, legend: Legend, outlined: Collection[str]) -> None:
        """In one line in the lower left corner."""
        side, gap = self._px(13), self._px(18)
        column, row = float(gap), self.size[1] - self._px(18)
        wide = sum(side + 1.5 * gap + draw.textlength(name, self._small) for name in legend)
        draw.rectangle((0, row - 1.5 * side, wide + gap, self.size[1]), fill=_SHADE)
        for name, colour in legend.items():
            box = (column, row - side / 2, column + side, row + side / 2)
            if name in outlined:
                draw.rectangle(box, outline=tuple(colour), width=self._px(2))
            else:
                draw.rectangle(box, fill=tuple(colour))
            draw.text((column + side + gap / 2, row), name, fill=INK, font=self._small, anchor="lm")
            column += side + 1.5 * gap + draw.textlength(name, self._small)

    def _bar(self, draw: ImageDraw.ImageDraw, picture: Image.Image, scale: Scale) -> None:
        """A bar of the scale's colours in the lower left corner, its ends and its middle marked."""
        left, wide, deep = self._px(28), self._px(240), self._px(10)
        top = self.size[1] - self._px(36)
        draw.rectangle((0, top - self._px(28), left + wide + self._px(28), self.size[1]), fill=_SHADE)
        picture.paste(Image.fromarray(scale.table[None]).resize((wide, deep)), (left, top))
        draw.text((left, top - self._px(6)), scale.name, fill=INK, font=self._small, anchor="ls")
        for share in (0.0, 0.5, 1.0):
            draw.text(
                (left + share * wide, top + deep + self._px(4)),
                scale.mark(share),
                fill=DIM,
                font=self._small,
                anchor="mt",
            )

    def _px(self, pixels: float) -> int:
        return max(round(pixels * self._unit), 1)
