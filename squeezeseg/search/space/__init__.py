"""Search spaces, as data: the networks that a search chooses from. Nothing here needs PyTorch."""

from __future__ import annotations

from squeezeseg.search.space.presets import SPACES, named_space
from squeezeseg.search.space.row import SKIP, Frame, Row
from squeezeseg.search.space.space import Choices, Decision, Space

__all__ = ["SKIP", "SPACES", "Choices", "Decision", "Frame", "Row", "Space", "named_space"]
