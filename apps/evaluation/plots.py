"""Plots as inline SVG: they take their colours from the page's style, so they are light or dark as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 560, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 20, 12, 44


@dataclass(frozen=True)
class Series:
    """Values 0..1 under one name; None where there is none.

    style: the style sheet's class that colours it, see `class_style`. ends: of intervals. hints: shown by the pointer.
    sizes: of the markers of a line, 0..1.
    """

    name: str
    style: str
    values: Sequence[float | None]
    ends: Sequence[Sequence[float] | None] = ()
    hints: Sequence[str] = ()
    sizes: Sequence[float] = field(default=())


def bars(groups: Sequence[str], series: Sequence[Series], label: str) -> str:
    """Bars of each series, side by side in each group, with whiskers for intervals."""
    parts = [_axes(label, [])]
    inner = (WIDTH - _LEFT - _RIGHT) / max(len(groups), 1)
    width = 0.78 * inner / max(len(series), 1)
    for g, group in enumerate(groups):
        middle = _LEFT + (g + 0.5) * inner
        parts.append(_text(middle, HEIGHT - _BOTTOM + 18, group, "middle"))
        for s, one in enumerate(series):
            x = middle + (s - len(series) / 2) * width
            if (value := one.values[g]) is None:
                parts.append(_text(x + width / 2, _y(0) - 4, "-", "middle"))
                continue
            hint = _hint(one.hints[g] if one.hints else f"{one.name} {group}: {100 * value:.1f} %")
            height = _y(0) - _y(value)
            parts.append(
                f'<rect class="{one.style}" x="{x + 1:.1f}" y="{_y(value):.1f}" width="{max(width - 2, 1):.1f}" '
                f'height="{max(height, 1):.1f}">{hint}</rect>'
            )
            if one.ends and (ends := one.ends[g]) is not None:
                low, high, at = _y(ends[0]), _y(ends[1]), x + width / 2
                parts.append(
                    f'<path class="whisker" d="M{at:.1f} {low:.1f}V{high:.1f}M{at - 4:.1f} {low:.1f}h8'
                    f'M{at - 4:.1f} {high:.1f}h8"/>'
                )
    return _svg(parts, f"{label} by {', '.join(groups)}") + _key(series)


def lines(x: Sequence[float], series: Sequence[Series], x_label: str, y_label: str, *, diagonal: bool = False) -> str:
    """Lines over x 0..1; a line is broken where there is no value. diagonal: where y is x."""
    parts = [_axes(y_label, [0, 0.2, 0.4, 0.6, 0.8, 1], x_label)]
    if diagonal:
        parts.append(f'<path class="ideal" d="M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"/>')
    for one in series:
        points = [
            (k, _x(at), _y(value)) for k, (at, value) in enumerate(zip(x, one.values, strict=True)) if value is not None
        ]
        path = ""
        for n, (k, px, py) in enumerate(points):
            path += f"{'L' if n and points[n - 1][0] == k - 1 else 'M'}{px:.1f} {py:.1f}"
        parts.append(f'<path class="line {one.style}" d="{path}"/>')
        for k, px, py in points:
            radius = 2.5 + 5 * (one.sizes[k] if one.sizes else 0)
            hint = _hint(one.hints[k] if one.hints else f"{one.name}: {100 * (one.values[k] or 0):.1f} %")
            parts.append(f'<circle class="{one.style}" cx="{px:.1f}" cy="{py:.1f}" r="{radius:.1f}">{hint}</circle>')
    return _svg(parts, f"{y_label} by {x_label}") + _key(series)


def strip(series: Sequence[Series], label: str) -> str:
    """A row of thin bars for each series, one bar a position, all 0..1."""
    row, gap, left = 64, 14, 90
    count = max((len(one.values) for one in series), default=0)
    width, height = 1120, len(series) * (row + gap) + 22
    step = (width - left - 8) / max(count, 1)
    parts = []
    for s, one in enumerate(series):
        base = s * (row + gap) + row + 4
        parts.append(_text(left - 8, base - row / 2 + 4, one.name, "end"))
        parts.append(f'<path class="grid" d="M{left} {base}H{width - 8}M{left} {base - row}H{width - 8}"/>')
        for k, value in enumerate(one.values):
            if value is None:
                continue
            size = max(value * row, 1.5)
            hint = _hint(one.hints[k] if one.hints else f"{100 * value:.1f} %")
            parts.append(
                f'<rect class="{one.style}" x="{left + k * step:.2f}" y="{base - size:.1f}" '
                f'width="{max(0.85 * step, 0.8):.2f}" height="{size:.1f}">{hint}</rect>'
            )
    parts.append(_text((left + width) / 2, height - 4, label, "middle"))
    return _svg(parts, label, width, height)


def _axes(y_label: str, ticks: Sequence[float], x_label: str = "") -> str:
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path class="grid" d="M{_LEFT} {_y(share):.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(_text(_LEFT - 6, _y(share) + 4, f"{100 * share:.0f}", "end"))
    parts += [_text(_x(at), HEIGHT - _BOTTOM + 18, f"{100 * at:.0f}", "middle") for at in ticks]
    if x_label:
        parts.append(_text((_LEFT + WIDTH) / 2, HEIGHT - 6, x_label, "middle"))
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text transform="translate(12 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    return "".join(parts)


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _hint(text: str) -> str:
    return f"<title>{escape(text)}</title>"


def _svg(parts: Sequence[str], label: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _key(series: Sequence[Series]) -> str:
    entries = "".join(f'<span><i class="{one.style}"></i>{escape(one.name)}</span>' for one in series)
    return f'<p class="key">{entries}</p>'
