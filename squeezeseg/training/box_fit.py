"""Training of a head for boxes on patches of a network that stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from data.labels import CLASSES
from squeezeseg.networks.heads.boxes import BoxHead
from squeezeseg.training.box_patches import OF_AN_OBJECT, Patches

_KINDS = len(CLASSES) - 1


@dataclass(frozen=True)
class BoxFit:
    """How a head is trained.

    hidden: width of its layers. steps: batches. batch: patches of one. rate: peak learning rate of AdamW, whose decay
    is `decay`. objectness: weight of the classes' loss beside the boxes'. smooth: where the boxes' loss turns from
    squares to absolutes. seed: of all randomness.
    """

    hidden: int = 64
    steps: int = 6000
    batch: int = 2048
    rate: float = 3e-3
    decay: float = 1e-4
    objectness: float = 3.0
    smooth: float = 0.3
    seed: int = 0


def fit_head(patches: Patches, fit: BoxFit, progress: Callable[[int, int], None] | None = None) -> BoxHead:
    """A head that tells the patches' boxes. progress: told the steps done, and all."""
    torch.manual_seed(fit.seed)
    head = BoxHead(patches.seen.shape[1] // 9, fit.hidden, len(CLASSES))
    optimiser = torch.optim.AdamW(head.parameters(), fit.rate, weight_decay=fit.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, fit.rate, total_steps=fit.steps)
    seen, classes = torch.from_numpy(patches.seen), torch.from_numpy(patches.classes)
    codes, cells = torch.from_numpy(patches.codes), torch.from_numpy(patches.cells)
    for step in range(1, fit.steps + 1):
        chosen = torch.randint(len(patches), (fit.batch,))
        told = of_patches(head, seen[chosen].float())
        loss = box_loss(told, classes[chosen], codes[chosen], cells[chosen], fit)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if progress is not None:
            progress(step, fit.steps)
    return head.eval()


def of_patches(head: BoxHead, seen: Tensor) -> Tensor:
    """What a head tells of patches: (N, 9 C) -> (N, classes - 1 + 8)."""
    return _linear(head.tell, _hidden(head, seen)[1])


@torch.no_grad()
def ranges(head: BoxHead, patches: Patches, count: int = 50_000) -> dict[str, float]:
    """The largest value behind the ReLU of each hidden layer, of so many patches at most, for int8."""
    every = -(-len(patches) // count)
    look, merge = _hidden(head, torch.from_numpy(patches.seen[::every]).float())
    return {"look": float(look.max()), "merge": float(merge.max())}


def _hidden(head: BoxHead, seen: Tensor) -> tuple[Tensor, Tensor]:
    look = torch.relu(_linear(head.look, seen))
    return look, torch.relu(_linear(head.merge, look))


def _linear(conv: nn.Conv2d, x: Tensor) -> Tensor:
    return functional.linear(x, conv.weight.flatten(1), conv.bias)


def box_loss(told: Tensor, classes: Tensor, codes: Tensor, cells: Tensor, fit: BoxFit) -> Tensor:
    """Cross entropy of each class's objectness, and the smooth L1 distance of boxes where there is an object.

    An object's cells together weigh as the root of their number, so that near ones don't drown those far away.

    told: (N, classes - 1 + 8). classes: (N,), 0 for nothing. codes: (N, 8). cells: (N,) of each one's object.
    """
    true = classes > 0
    wanted = functional.one_hot(classes, _KINDS + 1)[:, 1:].to(told.dtype)
    presence = functional.binary_cross_entropy_with_logits(told[:, :_KINDS], wanted)
    off = functional.smooth_l1_loss(told[true, _KINDS:], codes[true], reduction="none", beta=fit.smooth).sum(1)
    weight = cells[true].clamp(1, OF_AN_OBJECT) ** -0.5
    return fit.objectness * presence + (off * weight).sum() / weight.sum().clamp(min=1e-6)
