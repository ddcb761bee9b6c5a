"""Live sources: sensors on the network, and recordings played as if they were live."""

from data.live.source import LiveSource

__all__ = ["LiveSource"]
