"""Every `docker compose` of the docs names files, profiles and services that there are; it asks no engine."""

import re
import shlex
import subprocess
from functools import cache

import pytest

from tests.cli.program import clean_environment
from tests.support.engine import need_compose
from tests.support.snippets import PAGES, ROOT, snippets

COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")


def commands() -> list[tuple[str, str, str]]:
    """Return the commands that name files of a cluster, each with its page and the variables of its block."""
    found = []
    for page in PAGES:
        for each in snippets(page):
            code = re.sub(r"(^|\s)#.*", "", each.code.replace("\\\n", " "))
            given = " ".join(re.findall(r"\bTICKCAST_\w+=\S+", code))
            commands = re.findall(r"(?:docker compose|deploy/(?:rollout|up)\.sh)[^|&;\n]*", code)
            found += [(page, command.strip(), given) for command in commands if each.language == "sh"]
    return found


def split(command: str) -> tuple[list[str], list[str]]:
    """Return the flags for files and profiles, and the words from the subcommand on."""
    words = shlex.split(command)
    words = words[2 if words[0] == "docker" else 1 :]
    flags = []
    while words and words[0].startswith("-"):
        flags += [words.pop(0), words.pop(0)]
    return flags, words


@cache
def services(flags: tuple[str, ...], given: str) -> list[str]:
    """Return the services that compose reads in these files, with these variables."""
    variables = dict(each.split("=", 1) for each in given.split())
    profiles = [] if "--profile" in flags else ["--profile", "*"]
    listed = subprocess.run(
        ["docker", "compose", *flags, *profiles, "config", "--services"],
        cwd=ROOT, env=clean_environment(**variables), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert listed.returncode == 0, listed.stderr
    return listed.stdout.split()


@pytest.mark.parametrize(("page", "command", "given"), commands(), ids=str)
def test_a_command_names_what_there_is(page: str, command: str, given: str) -> None:
    need_compose()
    flags, words = split(command)
    there = services(tuple(flags), given)
    for flag, profile in zip(flags[::2], flags[1::2], strict=True):
        assert flag != "--profile" or profile == "*" or f"profiles: [{profile}]" in COMPOSE
    named = [word.partition("=")[0] for word in words[1:] if not word.startswith("-")]
    named = named[:1] if words[:1] in (["run"], ["exec"]) else named
    assert [each for each in named if each not in there] == []
