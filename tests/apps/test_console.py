from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.markup import escape

from apps import console


def test_progress_without_a_terminal_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(console, "_stderr", Console(file=out))
    clock = iter([0.0, 50.0, *range(51, 100)])  # the first one compiles
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    with console.progress("reading", 80) as progress:
        for done in range(1, 41):
            progress(done)
    assert out.getvalue() == "reading: 1 of 80\nreading: 31 of 80, about a minute left\n"


def test_progress_in_a_terminal_tells_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(console, "_stderr", Console(file=out, force_terminal=True, width=100))
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    with console.progress("reading", 80) as progress:
        for done in range(1, 21):
            now[0] = 50.0 + 3 * done
            progress(done)
    assert out.getvalue().count("about 3 minutes left")


HOSTILE = "a\x1b[2J\x1b]0;title\x07b\x9b31m\rc\u202e.exe\udc80"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    out = io.StringIO()
    for name in ("_stdout", "_stderr"):
        monkeypatch.setattr(console, name, type(getattr(console, name))(file=out, highlight=False, no_color=True))
    return out


def _table() -> None:
    table = console.table("name", "number", title=HOSTILE)
    table.add_row(HOSTILE, "1")
    console.show(table)


def _status() -> None:
    with console.status() as tell:
        tell(HOSTILE)


@pytest.mark.parametrize(
    "say",
    [
        lambda: console.error(HOSTILE),
        lambda: console.warn(ValueError(HOSTILE)),
        lambda: console.note(HOSTILE),
        lambda: console.say(f"[bold]{escape(HOSTILE)}[/bold]"),
        _table,
        _status,
    ],
)
def test_names_give_no_commands_to_the_terminal(terminal: io.StringIO, say: Callable[[], None]) -> None:
    say()
    text = terminal.getvalue()
    assert "\\x1b[2J" in text
    assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e", "\udc80"} & set(text)


def test_what_can_be_printed_stays() -> None:
    assert console.printable("größe 点云 \t🚗\n") == "größe 点云 \t🚗\n"
