"""Link from the running viewer to Streamlit's script, which Streamlit starts without arguments."""

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
    """The feed that the running viewer shows, and its settings."""
    if _shown is None:
        raise RuntimeError("no viewer is running: start it with 'squeezeseg view'")
    return _shown
