"""PandaSet: its sequences, whose tables are pickles."""

from data.sources.pandaset.sequence import PandaSet, open_pandaset

__all__ = ["PandaSet", "open_pandaset"]
