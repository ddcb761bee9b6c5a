"""Bytes that a worker gives to collectives, counted where they go out, by what they are for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch.distributed as dist
from torch import Tensor


class Traffic:
    """Bytes of one worker, by what they were for.

    given: handed to collectives in all steps so far. last: the same in the last step. sent: what a ring sends of them,
    in all steps: 2 (n - 1) / n of what is summed, n - 1 times what is gathered.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.given, self.last, self.sent = Counter[str](), Counter[str](), Counter[str]()
        self._now, self._sent_now = Counter[str](), Counter[str]()

    def count(self, purpose: str, given: int, sent: float) -> None:
        """Add what one collective takes and, in a ring, sends."""
        self._now[purpose] += given
        self._sent_now[purpose] += round(sent)

    def begin_step(self) -> None:
        """What came since the last step counts for none."""
        self._now, self._sent_now = Counter[str](), Counter[str]()

    def end_step(self) -> None:
        """Add up a step."""
        self.steps += 1
        self.last, self.given, self.sent = self._now, self.given + self._now, self.sent + self._sent_now
        self.begin_step()


class CountedGroup(dist.ProcessGroup):
    """A process group that counts what goes through it.

    Hooks cast and compress before they call a collective, so this is the one place that sees what really goes out.
    """

    def __init__(self, inner: dist.ProcessGroup, traffic: Traffic, purpose: str) -> None:
        super().__init__(inner.rank(), inner.size())  # type: ignore[call-arg]
        self._inner, self._traffic, self.purpose = inner, traffic, purpose

    @property
    def group_name(self) -> Any:
        """The inner group's, by which PyTorch finds it."""
        return self._inner.group_name

    def allreduce(self, tensors: list[Tensor], *options: Any) -> Any:  # type: ignore[override]
        """Sum tensors over all workers, in place."""
        given = sum(one.numel() * one.element_size() for one in tensors)
        self._traffic.count(self.purpose, given, 2 * (self.size() - 1) / self.size() * given)
        return self._inner.allreduce(tensors, *options)

    def allgather(self, outputs: Any, inputs: list[Tensor], *options: Any) -> Any:  # type: ignore[override]
        """Give every worker the tensors of all."""
        given = sum(one.numel() * one.element_size() for one in inputs)
        self._traffic.count(self.purpose, given, (self.size() - 1) * given)
        return self._inner.allgather(outputs, inputs, *options)
