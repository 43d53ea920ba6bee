"""The fenced blocks of README.md and docs/*.md, for tests that run them as they are written.

A test takes a block by `block("docs/inbox.md", "HTTP", 0)`: page, heading without its signs, and which block
under that heading, from 0. `blocks("docs/inbox.md", "json")` takes all blocks of these languages. Write the
arguments out, no names: tests/test_every_snippet.py reads them from the source of all tests, to find the
blocks that no test takes.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[^`\s]*)[ ]*(?P<marks>[^`]*)$")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$")


class Snippet(NamedTuple):
    """A fenced block."""

    page: str
    heading: str
    """The nearest one above, without its signs."""
    place: int
    """Which block under this heading, from 0."""
    language: str
    """The word behind the fence; empty without one."""
    marks: str
    """What follows the language."""
    line: int
    code: str

    @property
    def key(self) -> "Key":
        """What names the block to `block`, and in the table of exceptions."""
        return self.page, self.heading, self.place

    def __str__(self) -> str:
        return f"{self.page}:{self.line} ```{self.language} under {self.heading!r}, block {self.place}"


Key = tuple[str, str, int]


def snippets(page: str) -> list[Snippet]:
    """Return all blocks of a page, such as docs/inbox.md, in order."""
    found: list[Snippet] = []
    heading, places = "", dict[str, int]()
    lines = iter(enumerate((ROOT / page).read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        if above := _HEADING.match(line):
            heading = above[1]
        elif fence := _FENCE.match(line):
            code = "".join(f"{each}\n" for each in _until(lines, fence["ticks"], f"{page}:{number}"))
            place = places.get(heading, 0)
            places[heading] = place + 1
            found.append(
                Snippet(page, heading, place, fence["language"], fence["marks"], number, dedent(code))
            )
    return found


def _until(lines: Iterator[tuple[int, str]], ticks: str, where: str) -> Iterator[str]:
    for _, line in lines:
        if line.strip() == ticks:
            return
        yield line
    raise AssertionError(f"{where}: the block has no end")


def block(page: str, heading: str, place: int = 0) -> str:
    """Return the code of a block."""
    by_key = {each.key: each for each in snippets(page)}
    key = (page, heading, place)
    assert key in by_key, f"there is no block {key}; there are {[*map(str, by_key.values())]}"
    return by_key[key].code


def blocks(page: str, *languages: str) -> list[Snippet]:
    """Return all blocks of a page in these languages; of all languages, if none is named."""
    found = [each for each in snippets(page) if not languages or each.language in languages]
    assert found, f"{page} has no block of {languages}"
    return found


def taken_by(source: str) -> list[Snippet]:
    """Return the blocks that a file of tests takes. Raises ValueError where an argument is no constant."""
    found: list[Snippet] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ("block", "blocks"):
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not all(isinstance(each, ast.Constant) for each in arguments):
                raise ValueError(f"line {node.lineno}: {node.func.id}() needs constants")
            found += _named(node.func.id, *[ast.literal_eval(each) for each in arguments])
    return found


def _named(taker: str, page: str, *rest: str | int) -> list[Snippet]:
    if taker == "blocks":
        return blocks(page, *map(str, rest))
    heading, place = (*rest, 0)[:2]
    key = (page, heading, place)
    found = [each for each in snippets(page) if each.key == key]
    assert found, f"there is no block {key}"
    return found
