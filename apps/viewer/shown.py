"""What Streamlit's script must know of the viewer that runs it: Streamlit starts it without arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.viewer.feeds.feed import Feed


@dataclass(frozen=True)
class Shown:
    """feed: what is shown. settings: of the network, None where labels are only read.

    change: uses other settings; raises InputError for those that can't be used.
    """

    feed: Feed
    settings: Mapping[str, Any] | None = None
    change: Callable[[Mapping[str, Any]], None] | None = None


_shown: Shown | None = None


def show(shown: Shown | None) -> None:
    """Make it what the script finds; a process has one viewer."""
    global _shown  # noqa: PLW0603
    _shown = shown


def shown() -> Shown:
    """What the running viewer shows."""
    if _shown is None:
        raise RuntimeError("no viewer is running: start it with 'squeezeseg view'")
    return _shown
