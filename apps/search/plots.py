"""Plots of a search as inline SVG, in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 26, 30
_MOST = 200
"""Points of a curve; of more steps, as many means."""


def strip(shares: Sequence[float], label: str) -> str:
    """A row of cells, the darker the larger a share is."""
    cells = "".join(
        f'<rect x="{k}" y="0" width="1.02" height="1" opacity="{share:.3f}"><title>{100 * share:.1f} %</title></rect>'
        for k, share in enumerate(shares)
    )
    return (
        f'<svg viewBox="0 0 {len(shares)} 1" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">{cells}'
        "</svg>"
    )


def curve(steps: Sequence[int], values: Sequence[float], label: str, bound: float | None = None) -> str:
    """A value over the steps, as means where there are many. bound: drawn as a line."""
    if not steps:
        return ""
    size = -(-len(values) // _MOST)
    means = [sum(part) / len(part) for part in (values[k : k + size] for k in range(0, len(values), size))]
    at = [steps[min(k + size, len(steps)) - 1] for k in range(0, len(steps), size)]
    frame = _Frame((0, steps[-1]), _around([*means, *([] if bound is None else [bound])]))
    path = "".join(
        f"{'L' if k else 'M'}{frame.x(x):.1f} {frame.y(y):.1f}" for k, (x, y) in enumerate(zip(at, means, strict=True))
    )
    line = "" if bound is None else f'<path class="bound" d="M{_LEFT} {frame.y(bound):.1f}H{WIDTH - _RIGHT}"/>'
    return frame.svg(f'{line}<path class="line" d="{path}"/>', label, "step")


def ranking(points: Sequence[tuple[float, float, bool]]) -> str:
    """Networks by milliseconds and loss, and whether each is one of the best."""
    if not points:
        return ""
    frame = _Frame(_around([x for x, _, _ in points]), _around([y for _, y, _ in points]))
    marks = "".join(
        f'<circle{" class=best" if best else ""} cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="{5 if best else 3}">'
        f"<title>{x:.3g} ms, loss {y:.3f}</title></circle>"
        for x, y, best in sorted(points, key=lambda point: point[2])
    )
    return frame.svg(marks, "loss", "ms")


class _Frame:
    """Axes from least to most."""

    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self._across, self._up = across, up

    def x(self, value: float) -> float:
        """Pixels from the left."""
        least, most = self._across
        return _LEFT + (value - least) / (most - least) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        least, most = self._up
        return HEIGHT - _BOTTOM - (value - least) / (most - least) * (HEIGHT - _TOP - _BOTTOM)

    def svg(self, content: str, up: str, across: str) -> str:
        """The plot. up, across: names of the axes."""
        parts = []
        for share in (0, 0.5, 1):
            value = self._up[0] + share * (self._up[1] - self._up[0])
            parts.append(f'<path class="grid" d="M{_LEFT} {self.y(value):.1f}H{WIDTH - _RIGHT}"/>')
            parts.append(_text(_LEFT - 6, self.y(value) + 4, f"{value:.3g}", "end"))
            value = self._across[0] + share * (self._across[1] - self._across[0])
            parts.append(_text(self.x(value), HEIGHT - 10, f"{value:.4g}", "middle" if share < 1 else "end"))
        parts.append(_text(_LEFT, 14, up, "start"))
        parts.append(_text((_LEFT + 0.5 * (WIDTH - _LEFT)) + 90, HEIGHT - 10, across, "middle"))
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(up)}">{"".join(parts)}{content}</svg>'
        )


def _around(values: Sequence[float]) -> tuple[float, float]:
    """Least and most, with a little room where they are the same."""
    least, most = min(values), max(values)
    room = 0.05 * (most - least) or 0.05 * abs(most) or 1.0
    return least - room, most + room


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
