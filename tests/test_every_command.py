"""Every command of the docs is one that the programs take, also those that no test runs."""

import io
import re
import shlex
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest
from typer.main import get_command

from tests.support.snippets import PAGES, ROOT, Snippet, snippets
from tickcast.cli.main import app

SHELL = ("sh", "bash", "")
TICKCAST = re.compile(
    r"(?<![\w-])(?<!-n )(?<!namespace )(?<!--install )(?:tickcast|docker compose run --rm operator) +"
    r"((?!-)[a-z][^|;&\n)#`]*)"
)
"""A command of ours, up to what the shell takes for itself; not a namespace of that name."""

MADE = ("deploy/secrets/", "deploy/certs/tls")
"""What commands of the docs make."""

PLACEHOLDERS = {"...": "x", "PORT": "1", "MINUTES": "1"}


def commands_of(text: str) -> list[str]:
    """Return the commands of ours in lines of a shell, joined where a line goes on."""
    return [found.strip() for found in TICKCAST.findall(text.replace("\\\n", " "))]


def spoken(page: str) -> list[str]:
    """Return the commands in the prose of a page: between backticks, or in a line further in."""
    prose = re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    quoted = [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", prose)]
    further_in = re.findall(r"^ {4,}(\S*tickcast .*)$", prose, re.MULTILINE)
    return [found for each in [*quoted, *further_in] for found in commands_of(each)]


def told() -> Any:
    """Return the program, which reads its arguments and does nothing."""
    program = get_command(app)
    left = [program]
    while left:
        each: Any = left.pop()
        each.callback = None
        left += getattr(each, "commands", {}).values()
    return program


def complaint(command: str) -> str:
    """Return what the program says of a command that it does not take."""
    words = [PLACEHOLDERS.get(each, each) for each in shlex.split(command)]
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as end:
        PROGRAM.main(words, prog_name="tickcast")
    # In prose a command may be named without its arguments.
    only_named = not any(each.startswith("-") for each in words) and "Missing argument" in said.getvalue()
    return said.getvalue() if end.value.code and not only_named else ""


PROGRAM = told()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_ours_is_one(page: str) -> None:
    shells = [each for each in snippets(page) if each.language in SHELL]
    found = [command for each in shells for command in commands_of(each.code)] + spoken(page)
    assert [(command, said) for command in found if (said := complaint(command))] == []


def lines_of_a_shell() -> list[Snippet]:
    return [each for page in PAGES for each in snippets(page) if each.language in ("sh", "bash")]


@pytest.mark.parametrize("snippet", lines_of_a_shell(), ids=str)
def test_a_shell_can_read_it(snippet: Snippet) -> None:
    read = subprocess.run(["sh", "-n"], input=snippet.code, capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize("snippet", lines_of_a_shell(), ids=str)
def test_every_file_of_ours_in_it_exists(snippet: Snippet) -> None:
    named = re.findall(r"(?<![\w./-])((?:deploy|examples|bench|wire|tests)/[\w./-]+)", snippet.code)
    assert [each for each in named if not each.startswith(MADE) and not (ROOT / each).exists()] == []


@pytest.mark.parametrize("wrong", ["fly", "up --wings 2", "verify --clients many"])
def test_a_wrong_command_would_be_found(wrong: str) -> None:
    assert commands_of(f"x | .venv/bin/tickcast {wrong}   # and more") == [wrong]
    assert complaint(wrong)
