"""Workers: the processes of a run, and what they tell each other.

PyTorch's launcher, torchrun, starts them, finds them together, and starts all again when one is lost.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor

from projection import InputError
from squeezeseg.distributed.exchange import Exchange
from squeezeseg.distributed.traffic import CountedGroup, Traffic

_log = logging.getLogger(__name__)
_OWN_STORE = "TORCH_DISABLE_SHARE_RDZV_TCP_STORE"
"""Lets torchrun make a new store of addresses whenever it starts all workers again."""

GRADIENTS, LOSS, BATCH_NORM, OTHER = "gradients", "loss", "batch norm", "other"
"""What traffic is for."""
PATIENCE = timedelta(hours=2)
"""That workers wait for one another: one simulates the scans of all. Of one that has died they hear at once."""


class Workers:
    """This process among those of its run; a process alone, unless it is made by `joined`.

    rank: this one's number. size: how many there are. local: its number on its machine.
    exchange: what they send in a step. restarted: True where torchrun has started all again, after one was lost.
    """

    def __init__(
        self,
        rank: int = 0,
        size: int = 1,
        local: int = 0,
        exchange: Exchange = Exchange(),  # noqa: B008 - it is frozen
        *,
        restarted: bool = False,
    ) -> None:
        self.rank, self.size, self.local, self.restarted = rank, size, local, restarted
        self.exchange = exchange
        self.traffic = Traffic()
        self._groups = dict[str, dist.ProcessGroup]()
        if size > 1:
            # One group for all: all workers call their collectives in one order, which the network's graph gives.
            world = dist.group.WORLD
            assert isinstance(world, dist.ProcessGroup)
            for purpose in (GRADIENTS, LOSS, BATCH_NORM, OTHER):
                self._groups[purpose] = CountedGroup(world, self.traffic, purpose)

    @classmethod
    @contextmanager
    def joined(cls, exchange: Exchange) -> Iterator[Self]:
        """The workers that torchrun started this process as one of, until the block ends; without it, one alone.

        They talk by NCCL where there are GPUs, one a worker, else by Gloo.

        Raises:
            InputError: there are GPUs, but not one for each worker of this machine.
        """
        if not dist.is_torchelastic_launched() or os.environ["WORLD_SIZE"] == "1":
            yield cls(exchange=exchange)
            return
        local, here = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
        again = os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0") != "0"
        if local == 0 and again and os.environ.get(_OWN_STORE) != "1":
            _log.warning(
                "torchrun would start workers again in vain, for they find the addresses of before (PyTorch 2.13); set "
                "%s=1 for it",
                _OWN_STORE,
            )
        cuda = torch.cuda.is_available()
        if cuda and torch.cuda.device_count() < here:
            raise InputError(
                f"{here} workers on {torch.cuda.device_count()} GPU(s); give torchrun --nproc-per-node gpu, or hide "
                "the GPUs by CUDA_VISIBLE_DEVICES="
            )
        if cuda:
            torch.cuda.set_device(local)
        dist.init_process_group("nccl" if cuda else "gloo", timeout=PATIENCE)
        try:
            restarted = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") != "0"
            yield cls(dist.get_rank(), dist.get_world_size(), local, exchange, restarted=restarted)
        finally:
            dist.destroy_process_group()

    @property
    def first(self) -> bool:
        """True for the one that writes and prints."""
        return self.rank == 0

    def group(self, purpose: str) -> Any:
        """The process group whose traffic is counted for a purpose."""
        return self._groups[purpose]

    def share(self, count: int, rank: int | None = None) -> range:
        """Which of so many samples are this worker's, or another's: a stretch each, as even as can be."""
        rank = self.rank if rank is None else rank
        return range(rank * count // self.size, (rank + 1) * count // self.size)

    def sum(self, tensor: Tensor, purpose: str) -> Tensor:
        """The sum over all workers, in place."""
        if self.size > 1:
            dist.all_reduce(tensor, group=self.group(purpose))
        return tensor

    def gather(self, own: Tensor, count: int, purpose: str = LOSS) -> Tensor:
        """The (count, ...) samples of all workers, of which each has its share; no gradient flows through it."""
        if self.size == 1:
            return own
        most = -(-count // self.size)
        padded = own.new_zeros((most, *own.shape[1:]))
        padded[: len(own)] = own
        sent = padded.contiguous().view(torch.uint8)  # so that each type can be sent
        found = [torch.empty_like(sent) for _ in range(self.size)]
        dist.all_gather(found, sent, group=self.group(purpose))
        parts = [one.view(own.dtype)[: len(self.share(count, rank))] for rank, one in enumerate(found)]
        return torch.cat(parts)

    def mean(self, value: Tensor) -> float:
        """The mean of a number (scalar) over all workers."""
        return self.sum(value.detach().clone(), OTHER).item() / self.size

    def any(self, here: bool) -> bool:
        """True if it is true for any worker."""
        return bool(self.sum(self._tensor(int(here)), OTHER)[0]) if self.size > 1 else here

    def numbers(self, own: int) -> list[int]:
        """A number that each worker has, by rank."""
        return [int(one) for one in self.gather(self._tensor(own), self.size, OTHER)]

    def broadcast(self, content: bytes | None, source: int) -> bytes:
        """The bytes that the worker `source` has, for all."""
        length = self.sum(self._tensor(len(content or b"") if self.rank == source else 0), OTHER)
        tensor = torch.zeros(int(length[0]), dtype=torch.uint8, device=length.device)
        if self.rank == source and content:
            tensor.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        dist.broadcast(tensor, source)
        return tensor.cpu().numpy().tobytes()

    def check_equal(self, own: int, what: str) -> None:
        """Raise InputError where another worker has another number; it says that its `what` differs."""
        numbers = self.numbers(own)
        for rank, number in enumerate(numbers):
            if number != numbers[0]:
                raise InputError(
                    f"worker {rank}: other {what} than worker 0; give all workers the same command and data"
                )

    @contextmanager
    def together(self) -> Iterator[None]:
        """Say in one line where another worker is lost in the block. Raises InputError then."""
        try:
            yield
        except (RuntimeError, ValueError) as error:
            # PyTorch fails again as it tells of the first failure, for it doesn't know groups that count.
            causes = (error, error.__context__)
            if self.size == 1 or not any(isinstance(one, dist.DistError) or "gloo" in str(one) for one in causes):
                raise
            raise InputError(
                f"worker {self.rank}: another worker has ended; go on from the last checkpoint with --resume"
            ) from error

    def wait(self) -> None:
        """Return when all workers have come here."""
        self.any(here=False)

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """The block is first worker 0's, then that of the first of each other machine, then the others'.

        What one wrote to a disc is found there by those that share it.
        """
        turn = 0 if self.first else 1 if self.local == 0 else 2
        for _ in range(turn):
            self.wait()
        yield
        for _ in range(2 - turn):
            self.wait()

    def _tensor(self, value: int) -> Tensor:
        device = "cuda" if self.size > 1 and dist.get_backend() == "nccl" else "cpu"
        return torch.tensor([value], dtype=torch.int64, device=device)
