"""The command as it was given."""

from __future__ import annotations

import shlex
import sys


def given_command() -> str:
    """The command that started this process, but for --resume: what made a file, and what goes on with a run."""
    return shlex.join(["squeezeseg", *(word for word in sys.argv[1:] if word != "--resume")])
