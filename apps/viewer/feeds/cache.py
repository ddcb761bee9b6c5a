"""The frames that were used last, as many as fit."""

from __future__ import annotations

from collections import OrderedDict


class FrameCache:
    """Encoded frames by position, the least recently used of them forgotten first.

    limit: bytes that all of them may have together. Not for several threads at once.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._frames: OrderedDict[int, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, position: int) -> bool:
        return position in self._frames

    def get(self, position: int) -> bytes | None:
        """The frame, which thereby is the most recently used, or None."""
        frame = self._frames.get(position)
        if frame is not None:
            self._frames.move_to_end(position)
        return frame

    def put(self, position: int, frame: bytes) -> None:
        """Keep a frame, at the expense of others. One that is larger than the limit isn't kept."""
        self.size -= len(self._frames.pop(position, b""))
        if len(frame) > self.limit:
            return
        self._frames[position] = frame
        self.size += len(frame)
        while self.size > self.limit:
            _, forgotten = self._frames.popitem(last=False)
            self.size -= len(forgotten)

    def offer(self, position: int, frame: bytes) -> None:
        """Keep a frame only if there is room, as the first to be forgotten."""
        if position not in self._frames and self.size + len(frame) <= self.limit:
            self.put(position, frame)
            self._frames.move_to_end(position, last=False)

    def clear(self) -> None:
        """Forget all."""
        self._frames.clear()
        self.size = 0
