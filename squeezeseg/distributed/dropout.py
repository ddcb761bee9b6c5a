"""Dropout of the channels that one process would drop, had it the samples of all workers."""

from __future__ import annotations

from torch import Tensor, nn


class SharedDropout(nn.Dropout2d):
    """Drops channels. All workers' generators are in one state; each draws for the whole batch, and takes its share.

    samples: this worker's. batch: of all workers.
    """

    samples: range
    batch: int

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) of this worker -> the same shape."""
        if not self.training or self.p == 0:
            return x
        noise = x.new_empty((self.batch, x.shape[1], 1, 1)).bernoulli_(1 - self.p).div_(1 - self.p)
        return x * noise[self.samples.start : self.samples.stop]
