"""CONTRIBUTING.md, SECURITY.md and the bug form name files, commands and phases that exist."""

import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import PHASES

ROOT = Path(__file__).parent.parent
PAGES = ["CONTRIBUTING.md", "SECURITY.md"]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_the_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    quoted = re.findall(r"`(\.?[a-z][\w.-]*/[\w./-]*)`", text)
    assert links
    assert [name for name in links + quoted if not (ROOT / name).exists()] == []


def test_every_goal_of_make_that_the_page_names_exists() -> None:
    goals = set(re.findall(r"\bmake ([a-z-]+)", CONTRIBUTING))
    declared = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert declared is not None
    assert goals >= {"install-dev", "lint", "lock", "test", "up"}
    assert goals - set(declared[1].split()) == set()


def test_the_page_lists_the_phases_of_a_run() -> None:
    assert re.findall(r"^\| `(\w+)` \|", CONTRIBUTING, re.MULTILINE) == PHASES


def test_the_example_of_a_subject_keeps_the_rule() -> None:
    example = re.search(r"begins with the scope: `(.+?)`", " ".join(CONTRIBUTING.split()))
    assert example is not None
    assert re.fullmatch(r"[a-z, ]+: \S.*[^.]", example[1])
    assert len(example[1]) <= 72


def test_the_bug_form_asks_in_the_form_that_github_reads() -> None:
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text("utf-8"))
    assert form.keys() >= {"name", "description", "body"}
    kinds = {each["type"] for each in form["body"]}
    assert kinds <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    assert all(each["attributes"]["label"] for each in fields)
    assert len({each["id"] for each in fields}) == len(fields)
    assert "SECURITY.md" in form["body"][0]["attributes"]["value"]
