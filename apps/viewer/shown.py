"""Link from the running viewer to Streamlit's script, which Streamlit starts without arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apps.viewer.feeds.feed import Feed

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings


class Shown:
    """A feed and, where its labels are made as they are looked at, the settings that make them.

    settings: those in use; None where labels are only read. use: labels all frames anew with other settings; raises
    InputError for those that can't be used.
    """

    def __init__(
        self,
        feed: Feed,
        settings: InferenceSettings | None = None,
        use: Callable[[InferenceSettings], None] | None = None,
    ) -> None:
        self.feed = feed
        self.settings = settings
        self._use = use

    def change(self, **values: Any) -> None:
        """Label all frames anew with these settings changed. Raises InputError, and then nothing has changed."""
        if self.settings is None or self._use is None:
            raise RuntimeError("these labels are read as they are: they have no settings")
        changed = self.settings.changed(**values)
        self._use(changed)
        self.settings = changed


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
