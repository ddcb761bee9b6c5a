from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from apps.help import Command, Group


@pytest.fixture
def program():
    app = typer.Typer(cls=Group, add_completion=False)

    @app.command("search", cls=Command)
    def search(word: str = typer.Argument("none")) -> None:
        typer.echo(f"search {word}")

    @app.command("search table", cls=Command)
    def table(word: str = typer.Argument("none")) -> None:
        typer.echo(f"table {word}")

    return app


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["search"], "search none"),
        (["search", "here"], "search here"),
        (["search", "./table"], "search ./table"),
        (["search", "table"], "table none"),
        (["search", "table", "here"], "table here"),
    ],
    ids=str,
)
def test_a_command_of_two_words(program, words, told):
    assert CliRunner().invoke(program, words).output == f"{told}\n"


def test_its_help(program):
    assert CliRunner().invoke(program, ["search", "table", "--help"]).output.split()[:5] == [
        "Usage:", "root", "search", "table", "[WORD]",
    ]  # fmt: skip
