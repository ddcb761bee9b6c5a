"""Pieces of HTML that the page of scores is made of; all text is escaped here."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matplotlib.figure import Figure
from PIL import Image

from apps.drawing.error_figures import save_figure
from apps.evaluation.style import style_sheet


@dataclass(frozen=True)
class Link:
    """A cell that leads elsewhere."""

    text: str
    address: str


Cell = str | tuple[str, str] | Link
"""Text, with small print below it or without."""


def whole_page(title: str, main: str, *, rules: str = "", script: str = "") -> str:
    """A page that needs no other file. title: text. main: HTML. rules: of CSS, besides those that all pages have."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{style_sheet()}{rules}</style></head><body><main>{main}</main>"
        f"{f'<script>{script}</script>' if script else ''}</body></html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], *, links: Sequence[str | None] = ()) -> str:
    """A table whose first column holds names and the others numbers. links: for each row's first cell, where to."""
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = ""
    for n, row in enumerate(rows):
        cells = [_cell(cell) for cell in row]
        if n < len(links) and (link := links[n]) is not None:
            cells[0] = f'<a href="{escape(link)}">{cells[0]}</a>'
        body += f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    return f'<div class="table"><table><tr>{top}</tr>{body}</table></div>'


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """A table of names and texts of any length."""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows)
    return f'<table class="wrap">{body}</table>'


def picture(figure: Figure, label: str, corner: int | None = None) -> str:
    """A figure inside the page. corner: show only that many pixels, to each side, of its lower right part."""
    file = io.BytesIO()
    save_figure(file, figure, "webp")
    if corner is not None:
        with Image.open(file) as image:
            small = image.crop((image.width - corner, image.height - corner, image.width, image.height))
        file = io.BytesIO()
        small.save(file, "webp", quality=80)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(label)}" src="data:image/webp;base64,{data}">'


def zoomable(image: str) -> str:
    """A picture as wide as the page, and at its full size when it is clicked on."""
    return f'<div class="zoom"><label><input type="checkbox" aria-label="full size">{image}</label></div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.address)}">{escape(cell.text)}</a>'
    return f"{escape(cell[0])}<small>{escape(cell[1])}</small>"
