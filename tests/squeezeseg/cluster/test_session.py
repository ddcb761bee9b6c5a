"""A session with Ray on this machine: quiet, heard by nobody else, gone without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from projection import InputError
from squeezeseg.cluster.session import session

ROOT = Path(__file__).resolve().parents[3]
SESSION = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
from squeezeseg.cluster.session import session
with session("local", cpus=1) as cores, session("local", cpus=3) as inner:
    import ray
    from ray._common.usage import usage_lib
    assert (cores, inner) == (1, 1)
    assert not usage_lib.usage_stats_enabled()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    assert ray.util.get_node_ip_address() == "127.0.0.1"
    if "kill" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
from projection import InputError
try:
    with session("nowhere", cpus=1):
        raise AssertionError
except InputError as error:
    assert str(error).startswith("--ray nowhere: no connection to Ray ("), error
    assert "ray start" in str(error)
    assert "\\n" not in str(error), error
"""


def test_a_client_is_told_where_to_run():
    with pytest.raises(InputError, match="--ray auto"), session("ray://head:10001", cpus=1):
        pass


def left(folder):
    return sorted(path.name for path in folder.glob("squeezeseg-ray-*"))


@pytest.mark.slow
def test_a_session_says_nothing_and_leaves_nothing_even_of_one_that_was_killed(tmp_path):
    short = Path(tempfile.mkdtemp(dir="/tmp"))  # as the system's own, not as deep as tmp_path
    # Other tests' sessions leave what Ray sets for processes that it starts.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"TMPDIR": str(short), "HOME": str(short)}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", SESSION, *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    killed = run("kill")
    assert killed.returncode == -signal.SIGKILL
    assert len(left(short)) == 1
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(short.iterdir()) == []
    short.rmdir()
