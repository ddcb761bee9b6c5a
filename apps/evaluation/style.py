"""Style sheet of the page of scores: light or dark as the reader's system is, on a laptop and on a tablet."""

from __future__ import annotations

from collections.abc import Mapping

from data.labels import RGB
from squeezeseg.plotting import palette

ALL = "all"
"""The style of what is about all classes."""
_USED = ("paper", "ink", "soft", "line", "card", "accent", "warn")

_RULES = """
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 64px }
h1 { font-size: 1.6rem; margin: 0 0 4px; overflow-wrap: anywhere } h2 { margin: 40px 0 8px; font-size: 1.25rem }
h3 { margin: 28px 0 6px; font-size: 1rem; overflow-wrap: anywhere }
p { max-width: 78ch } .soft, figcaption, small { color: var(--soft) }
.note { border-left: 4px solid var(--warn); background: var(--card); padding: 10px 14px; margin: 14px 0;
  white-space: pre-line }
pre { background: var(--card); padding: 10px 14px; overflow-x: auto; font-size: .9rem }
nav a { margin-right: 14px } a { color: var(--accent) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 16px 0 }
.cards div { background: var(--card); border-top: 4px solid var(--own); padding: 12px 14px }
.cards b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.table, .zoom { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: 5px 12px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600; color: var(--soft) } th:first-child, td:first-child { text-align: left }
td small { display: block; line-height: 1.2 }
.wrap td { white-space: normal; text-align: left; overflow-wrap: anywhere }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 24px }
figure { margin: 12px 0 } svg { display: block; width: 100%; height: auto }
svg text { fill: var(--soft); font-size: 13px }
.grid { stroke: var(--line); fill: none } .ideal { stroke: var(--soft); stroke-dasharray: 5 5; fill: none }
.whisker { stroke: var(--ink); stroke-width: 1.5; fill: none }
rect, circle, i { fill: var(--own); background: var(--own) }
path.line { fill: none; stroke: var(--own); stroke-width: 2 }
.key { margin: 4px 0; font-size: .9rem } .key span { margin-right: 16px } .key i { display: inline-block; width: 12px;
  height: 12px; margin-right: 6px }
.thumbs { display: grid; gap: 12px; margin: 20px 0 }
.thumbs a { text-decoration: none; font-size: .85rem; overflow-wrap: anywhere }
.zoom img, .thumbs img { display: block; width: 100%; height: auto; background: var(--picture) }
.thumbs { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)) }
.zoom label { cursor: zoom-in; display: block } .zoom input { position: absolute; opacity: 0 }
.zoom input:checked + img { width: auto; max-width: none }
.zoom input:focus-visible + img { outline: 3px solid var(--accent) }
@media (max-width: 900px) { main { padding: 16px 12px } table { font-size: .85rem } th, td { padding: 4px 7px } }
@media print { .zoom { overflow: visible } h2, h3 { break-after: avoid } }
"""


def class_style(name: str) -> str:
    """The style sheet's class for an object class, by which its bars, lines and swatches are coloured."""
    return f"class-{'-'.join(name.split())}"


def style_sheet() -> str:
    """All rules. What has an object class's style, or `ALL`, finds its colour in the variable --own."""
    dark = _colours({name: shades.dark for name, shades in palette.LINES.items()}, palette.DARK)
    light = _colours({name: shades.light for name, shades in palette.LINES.items()}, palette.LIGHT)
    fixed = f":root {{ color-scheme: light dark; --picture: {palette.css(palette.PAPER)} }}\n"
    return f"{fixed}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}{_RULES}"


def _colours(classes: Mapping[str, RGB], theme: Mapping[str, str]) -> str:
    """The rules that set the variables of one theme."""
    variables = "; ".join(f"--{name}: {theme[name]}" for name in _USED)
    own = {class_style(name): palette.css(colour) for name, colour in classes.items()} | {ALL: theme["ink"]}
    return f":root {{ {variables} }}\n" + "".join(f".{name} {{ --own: {value} }}\n" for name, value in own.items())
