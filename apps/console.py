"""Output of the commands: results on stdout, everything else on stderr, each message in one line."""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment, SegmentLines
from rich.table import Table
from rich.text import Text

from apps.time_left import TimeLeft

PACKAGES = ("projection", "crf", "data", "squeezeseg", "apps")

SECONDS_BETWEEN_LINES = 10.0

UNBOUNDED = 1 << 10
"""Columns, more than any table has."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but line ends and tabs, marks that turn the direction of writing, and halves of characters."""


class _Console(Console):
    """A console on which names of files, topics and the like can't give commands to the terminal."""

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


class _Table(Table):
    """A table whose cells are measured as they are shown."""

    def add_row(self, *cells: Any, **how: Any) -> None:
        super().add_row(*(printable(cell) if isinstance(cell, str) else cell for cell in cells), **how)


_stdout = _Console(highlight=False)
_stderr = _Console(stderr=True, highlight=False)
_silent = False


def only_errors() -> None:
    """From here on print nothing but errors and warnings: another process tells the rest."""
    global _silent  # noqa: PLW0603 - as the consoles are, this is the process's
    _silent = True


def printable(text: str) -> str:
    r"""Text with its control characters spelt out: '\x1b[31m' as one can read it, rather than red letters after it."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def error(message: object) -> None:
    """Say on stderr why the command ends."""
    _line("error:", "bold red", message)


def warn(message: object) -> None:
    """Say on stderr what is wrong but doesn't end the command."""
    _line("warning:", "yellow", message)


def note(message: object) -> None:
    """Say something on stderr that is no result."""
    if _silent:
        return
    _stderr.print(Text(" ".join(str(message).splitlines())), soft_wrap=True)


def say(message: str = "", style: str = "") -> None:
    """Print a line of the result. Rich's markup counts, so escape names of files."""
    _stdout.print(message, style=style, soft_wrap=True)


def count(number: int, noun: str) -> str:
    """'1 frame', '1,200 frames'."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def show(table: Table) -> None:
    """Print a table, however narrow the terminal: a number cut off would be a lie."""
    unbounded = _stdout.options.update(width=UNBOUNDED)
    whole = unbounded.update(width=_stdout.measure(table, options=unbounded).maximum)
    _stdout.print(SegmentLines(_stdout.render_lines(table, whole), new_lines=True), soft_wrap=True)


def table(*columns: str, title: str | None = None) -> Table:
    """A table whose first column holds names and the others numbers."""
    result = _Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        result.add_column(column, justify="right" if number else "left", header_style="dim", no_wrap=True)
    return result


def print_json(result: Mapping[str, Any]) -> None:
    """Print one JSON object, for programs; nothing else may go to stdout."""
    print(json.dumps(result, indent=2, allow_nan=False))


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr with the time that is left; a line every half minute where stderr is no terminal.

    Count what an earlier run did into the first number: none of the time was spent on it.

    Yields what takes the number done so far.
    """
    if _silent:
        yield lambda _: None
        return
    if not _stderr.is_terminal:
        yield _progress_lines(what, total)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    left = TimeLeft(total)
    with Progress(*columns, console=_stderr, transient=True) as bar:
        task = bar.add_task(what, total=total, left="")

        def advance(done: int) -> None:
            left.report(done, time.monotonic())
            bar.update(task, completed=done, left=str(left))

        yield advance


@contextmanager
def status() -> Iterator[Callable[[str], None]]:
    """A line on stderr that is written over again and again; another every ten seconds where that is no terminal.

    Yields what takes the line.
    """
    if not _stderr.is_terminal:
        said = [-math.inf]

        def tell(line: str) -> None:
            if time.monotonic() - said[0] >= SECONDS_BETWEEN_LINES:
                said[0] = time.monotonic()
                note(line)

        yield tell
        return
    from rich.live import Live

    with Live(console=_stderr, transient=True, refresh_per_second=8) as shown:
        yield lambda line: shown.update(Text(line))


def _progress_lines(what: str, total: int, every: float = 30.0) -> Callable[[int], None]:
    """Says how far `what` is when `every` seconds have passed since it last did."""
    said = time.monotonic()
    left = TimeLeft(total)

    def tell(done: int) -> None:
        nonlocal said
        now = time.monotonic()
        left.report(done, now)
        if done and now - said >= every:
            said = now
            note(", ".join(filter(None, (f"{what}: {done} of {total}", str(left)))))

    return tell


def _line(kind: str, style: str, message: object) -> None:
    text = Text(f"{kind} ", style=style)
    text.append(" ".join(str(message).splitlines()), style="none")
    _stderr.print(text, soft_wrap=True)


class _Warnings(logging.Handler):
    """Prints what the library logs, in the form of our own messages."""

    def emit(self, record: logging.LogRecord) -> None:
        (warn if record.levelno >= logging.WARNING else note)(record.getMessage())


def show_warnings() -> None:
    """Pass on what the packages log as a warning or worse, and what is above mere information."""
    for package in PACKAGES:
        logger = logging.getLogger(package)
        if not any(isinstance(handler, _Warnings) for handler in logger.handlers):
            logger.addHandler(_Warnings(logging.INFO + 1))
            logger.setLevel(logging.INFO + 1)
            logger.propagate = False
