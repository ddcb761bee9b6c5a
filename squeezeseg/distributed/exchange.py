"""What workers send each other in a step, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

HookName = Literal["plain", "fp16", "bf16", "powersgd-1", "powersgd-2", "powersgd-4"]
HOOKS: tuple[HookName, ...] = get_args(HookName)
"""Ways of gradients: as they are, in 16 bits, and PowerSGD by its rank (Vogels et al., NeurIPS 2019)."""


@dataclass(frozen=True)
class Exchange:
    """What workers send each other.

    hook: how gradients go. own_loss: the loss is the mean of each worker's own. Otherwise it is that of the whole
    batch, as on one machine, for which each worker is sent the answers to all samples.
    """

    hook: HookName = "plain"
    own_loss: bool = False
