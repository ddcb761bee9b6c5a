"""The curves of a training run, for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from squeezeseg.training.run import Progress


@contextmanager
def board(out: Path) -> Iterator[Callable[[Progress], None]]:
    """Yields a writer of steps for TensorBoard, which writes nothing where that isn't installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        yield lambda _: None
        return
    with SummaryWriter(str(out / "tensorboard")) as writer:

        def write(at: Progress) -> None:
            writer.add_scalar(f"{at.phase}/loss", at.loss, at.step)
            writer.add_scalar(f"{at.phase}/rate", at.rate, at.step)

        yield write
