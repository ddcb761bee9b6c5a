"""Processes that train together, as torchrun would start them, forked from one that has PyTorch loaded."""

from __future__ import annotations

import multiprocessing
import os
import socket
from multiprocessing.connection import wait

import torch

from squeezeseg.distributed.exchange import Exchange
from squeezeseg.distributed.workers import Workers
from squeezeseg.engines import processor

PLAIN = Exchange()


def run_workers(work, *arguments, size=2, exchange=PLAIN):
    """What `work(workers, *arguments)` returns in each of the processes, by rank. It is a function of a module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["helpers.workers_at_work"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    started = []
    for rank in range(size):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_worker, args=(sender, rank, size, port, exchange, work, arguments))
        process.start()
        sender.close()
        started.append((process, receiver))
    results = {}
    try:
        for rank, (_, receiver) in enumerate(started):
            assert wait([receiver], timeout=200), f"worker {rank} has no result"
            try:
                results[rank] = receiver.recv()
            except EOFError:  # it was killed
                results[rank] = None
    finally:
        for process, _ in started:
            process.join(0 if len(results) < size else 60)
            process.kill()
    return [results[rank] for rank in range(size)]


def _worker(sender, rank, size, port, exchange, work, arguments):
    environment = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size}
    environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    os.environ.update({name: str(value) for name, value in environment.items()})
    torch.set_num_threads(1)
    processor.guard_matrix_unit()
    with Workers.joined(exchange) as workers:
        sender.send(work(workers, *arguments))
