"""The style sheet with the page's colours, written from the palette, which is the only table of them."""

from __future__ import annotations

from collections.abc import Mapping

from squeezeseg.plotting.palette import DARK, LIGHT

SHADOWS = "0 6px 24px"
"""Offsets and blur of all shadows, before their colour."""


def style_sheet() -> str:
    """The variables of both themes: dark, and light where the system or whoever looks at the page prefers it."""
    light = f"color-scheme: light; {_variables(LIGHT)}"
    return (
        f":root {{ color-scheme: dark; {_variables(DARK)} }}\n"
        f':root[data-theme="light"] {{ {light} }}\n'
        f'@media (prefers-color-scheme: light) {{ :root:not([data-theme="dark"]) {{ {light} }} }}\n'
    )


def _variables(theme: Mapping[str, str]) -> str:
    values = {**theme, "shadow": f"{SHADOWS} {theme['shadow']}"}
    return " ".join(f"--{name}: {value};" for name, value in values.items())
