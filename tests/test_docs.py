"""Every link of the docs leads somewhere, and every file that they name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("web/*.md")]
)

FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {".git", ".venv"}
MADE = ("build/", "deploy/certs/tls", "deploy/secrets/", "web/node_modules/")
"""What commands of the docs make."""

HISTORY = {"docs/performance.md"}
"""A page with names of the past: the bench wrote it when it measured."""


def prose(page: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page.relative_to(ROOT).as_posix()), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def leads_nowhere(page: str, link: str) -> bool:
    """Tell whether a link of a page has no file, or no heading there."""
    file, _, anchor = link.partition("#")
    target = (ROOT / page).parent / file if file else ROOT / page
    return not target.exists() or (anchor != "" and anchor not in anchors(target.resolve()))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    ours = [link for link in links if not re.match(r"\w+:", link)]
    assert [link for link in ours if leads_nowhere(page, link)] == []


@pytest.mark.parametrize("page", sorted({*PAGES} - HISTORY))
def test_every_file_that_is_named_exists(page: str) -> None:
    quoted = re.findall(r"`((?:\w|\.ci/)[\w./-]*/[\w./-]*)`", prose(page))
    ours = [name for name in quoted if name.partition("/")[0] in FOLDERS and not name.startswith(MADE)]
    assert [name for name in ours if not (ROOT / name).exists()] == []


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    seen, found = set(), {ROOT / "README.md"}
    while found:
        page = found.pop()
        seen.add(page)
        links = re.findall(r"\]\(([^)\s#]+\.md)", prose(page.relative_to(ROOT).as_posix()))
        found |= {(page.parent / link).resolve() for link in links if ":" not in link} - seen
    assert {path.relative_to(ROOT).as_posix() for path in seen} >= {*PAGES}


def test_the_list_for_programs_has_every_page_and_no_other() -> None:
    """docs/llms.txt, in the form of https://llmstxt.org."""
    text = (ROOT / "docs" / "llms.txt").read_text("utf-8")
    linked = re.findall(r"^- \[[^]]+\]\(([^)]+)\): \S", text, re.MULTILINE)
    assert [link for link in linked if not (ROOT / "docs" / link).exists()] == []
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert {link for link in linked if "/" not in link} == pages
    assert text.startswith("# Tickcast\n\n> ")
