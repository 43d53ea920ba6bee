"""What stands in a page of the docs: its sections by heading, and their tables."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

Row = dict[str, str]


def section(page: str, heading: str) -> str:
    """Return what stands under a heading of docs/`page`, up to the next one of its level or above."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    level, _, _ = heading.partition(" ")
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"docs/{page} has no {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str, first: str) -> list[Row]:
    """Return the rows of the table in `text` whose first column is headed `first`, by heading."""
    (table,) = _tables(text, first)
    return table


def all_rows(page: str, first: str) -> list[Row]:
    """Return the rows of every table of docs/`page` whose first column is headed `first`."""
    return [row for table in _tables((ROOT / "docs" / page).read_text("utf-8"), first) for row in table]


def _tables(text: str, first: str) -> list[list[Row]]:
    tables = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, _, *lines = table.splitlines()
        names = _cells(head)
        if names[0] == first:
            tables.append([dict(zip(names, _cells(line), strict=True)) for line in lines])
    return tables


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def name(row: Row) -> str:
    """Return the name in the first cell of a row, without its backticks."""
    return next(iter(row.values())).strip("`")
