"""Help texts of the commands: an example first, then two columns that fit a terminal of 80."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

from rich.console import Console
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

WIDTH = 80
LEFT = 24
"""Columns of the names; after a longer one, what it does is told in the next line."""


class Command(TyperCommand):
    """A command of the program. Its epilog is an example of it."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help. Nothing goes to `formatter`, which click would print."""
        params = self.get_params(ctx)
        arguments = [param for param in params if param.param_type_name == "argument"]
        options = [param for param in params if param.param_type_name == "option"]
        page = _Page()
        page.line("Usage:", " ".join([ctx.command_path, *map(_usage, arguments), *["[OPTIONS]"] * bool(options)]))
        if self.epilog:
            page.line("Example:", self.epilog)
        page.paragraphs(self.help or "")
        page.table("Arguments", [(_name(param), _what(param)) for param in arguments])
        panels: dict[str, list[Any]] = {}
        for param in options:
            panels.setdefault(getattr(param, "rich_help_panel", None) or "Options", []).append(param)
        for title, own in panels.items():
            page.table(title, [(_name(param), _what(param)) for param in own])


class Group(TyperGroup):
    """The program, whose help lists its commands. A command may have two words, and the first be one of its own."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the words begin with, and the words behind it."""
        if (both := " ".join(args[:2])) in self.commands:
            args = [both, *args[2:]]
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help. Nothing goes to `formatter`, which click would print."""
        page = _Page()
        page.line("Usage:", f"{ctx.command_path} COMMAND ...")
        page.line("Example:", f"{ctx.command_path} segment YOUR/DRIVE")
        page.paragraphs(self.help or "")
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        page.table("Commands", [(name, _first(command.help or "")) for name, command in commands if command])
        page.table("Options", [(_name(param), _what(param)) for param in self.get_params(ctx)])
        page.paragraphs(f"{ctx.command_path} COMMAND --help tells the rest.")


class _Page:
    """Prints a help text, line by line."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._width = min(self._console.width, WIDTH)

    def line(self, title: str, words: str) -> None:
        """'Usage: ...', further lines indented."""
        first, *others = textwrap.wrap(words, self._width - 9, break_long_words=False, break_on_hyphens=False)
        self._print(Text.assemble((f"{title:9}", "bold"), first))
        for other in others:
            self._print(Text(" " * 9 + other))

    def paragraphs(self, text: str) -> None:
        """Paragraphs, each after a blank line."""
        for paragraph in inspect.cleandoc(text).split("\n\n"):
            self._print(Text())
            for line in textwrap.wrap(" ".join(paragraph.split()), self._width, break_on_hyphens=False):
                self._print(Text(line))

    def table(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        """Names and what they are."""
        if not (rows := list(rows)):
            return
        self._print(Text())
        self._print(Text(title, style="bold"))
        for name, what in rows:
            lines = textwrap.wrap(what, self._width - LEFT - 2, break_on_hyphens=False) or [""]
            if len(name) > LEFT - 2:
                self._print(Text(f"  {name}", style="cyan"))
            else:
                self._print(Text.assemble((f"  {name:{LEFT}}", "cyan"), lines.pop(0)))
            for line in lines:
                self._print(Text(" " * (LEFT + 2) + line))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)


def _usage(param: Any) -> str:
    name = _name(param) + "..." * (param.nargs == -1)
    return name if param.required else f"[{name}]"


def _name(param: Any) -> str:
    """'--frames A:B', '--crf/--no-crf', 'SOURCE'."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    names = "/".join([", ".join(sorted(param.opts, key=len)), *param.secondary_opts])
    takes = "" if param.is_flag else param.metavar or "|".join(_choices(param)) or "N"
    return f"{names} {takes}".strip()


def _choices(param: Any) -> tuple[str, ...]:
    """The words that an option takes, none where it takes others too. Versions of typer keep them in two places."""
    kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    found = [part for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
    return tuple(get_args(found[0])) if found else tuple(getattr(getattr(param, "type", None), "choices", ()))


def _what(param: Any) -> str:
    """What it does, and its default where that says anything."""
    help_text = " ".join((getattr(param, "help", None) or "").split())
    shown, default = getattr(param, "show_default", None), param.default
    if isinstance(shown, str):
        return f"{help_text} (default: {shown})"
    number_or_word = isinstance(default, int | float | str) and not isinstance(default, bool)
    return f"{help_text} (default: {default})" if number_or_word and default != "" else help_text


def _first(text: str) -> str:
    """The first sentence of a help text."""
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
