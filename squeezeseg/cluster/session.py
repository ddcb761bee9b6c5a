"""A session with Ray: with the cluster at an address, or with processes of this machine that end with it."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from data.lock import Lock
from projection import InputError

LOCAL = "local"
"""The address that stands for this machine alone."""
OBJECT_STORE = 128 << 20
"""Bytes of shared memory: items and what is told of them are small, scans stay in their workers."""
LONGEST_FOLDER = 40
"""Characters of the folder of Ray's files: the names of its sockets, below it, take 107 at most in all."""
PREFIX = "squeezeseg-ray-"

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it would report to its makers
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ENABLE_AUTO_CONNECT": "0",  # what runs on when a session ends would begin another
}
"""For the environment, before Ray is imported."""
ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # so that it listens to this machine only; the name is of its first use
    "RAY_worker_niceness": "0",  # by default workers give way to everything else that runs
}
"""For that of a session with this machine alone, besides."""


@contextmanager
def session(address: str, cpus: int) -> Iterator[int]:
    """Be connected to Ray; within another session, go on with that one.

    address: HOST:PORT of a cluster, auto for the one that this machine belongs to, or local for `cpus` processes here,
        which end with the session, whatever ends it.

    Yields:
        The number of the cluster's cores.

    Raises:
        InputError: there is no cluster there, or it has no cores.
    """
    if "://" in address:
        raise InputError(f"--ray {address}: run the command on a machine of the cluster, with --ray auto")
    os.environ.update(QUIET | (ALONE if address == LOCAL else {}))
    if address == LOCAL and "RAY_AUTH_MODE" not in os.environ and "ray" not in sys.modules:
        # A token of this process alone: the one that Ray makes stays in the user's home. Ray reads it when imported.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    import ray

    if ray.is_initialized():
        yield _cores(address)
        return
    with ExitStack() as stack:
        options: dict[str, Any] = {"address": address}
        if address == LOCAL:
            options |= {
                "num_cpus": cpus,
                "include_dashboard": False,
                "object_store_memory": OBJECT_STORE,
                "_temp_dir": str(stack.enter_context(_own_folder())),
                "_node_ip_address": "127.0.0.1",
            }
        stack.callback(ray.shutdown)
        _connect(options)
        yield _cores(address)


def _connect(options: dict[str, Any]) -> None:
    """Begin the session, without a word on the terminal, and leave the handlers of signals as they are."""
    import ray._private.worker as terminal
    import ray.data

    # The ends of workers, which it prints among the results whatever it is told. Our own pool tells what matters.
    terminal.print_to_stdstream = lambda *_, **__: None
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        logging.getLogger(name).handlers.clear()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _silent_stderr():
            ray.init(**options, log_to_driver=False, configure_logging=False)
    except Exception as error:  # what Ray raises where its processes begin too slowly is no other kind
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise InputError(
            f"--ray {options['address']}: no connection to Ray ({reason}); start it with 'ray start --head', "
            "or give --ray local"
        ) from None
    finally:
        with suppress(ValueError):  # outside the main thread, where Ray sets none either
            for number, handler in handlers.items():
                signal.signal(number, handler)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Without what libraries write to stderr past Python: here, that a level was set at which they write nothing."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _cores(address: str) -> int:
    import ray

    cores = int(ray.cluster_resources().get("CPU", 0))
    if not cores:
        raise InputError(f"--ray {address}: the cluster has no cores to work on; add machines to it")
    return cores


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder for Ray's sockets and logs, gone afterwards. Those that killed sessions left are removed as well."""
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > LONGEST_FOLDER - len(PREFIX) - 8:
        parent = Path("/tmp")  # noqa: S108 - mkdtemp below makes a folder of one's own there
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(InputError, OSError), Lock.of_folder(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        with Lock.of_folder(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
