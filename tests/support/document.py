"""What docs/architecture.md says, read so that tests can compare it with the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ABOVE = "all of the above"


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a Markdown text: for each its rows, the head first, as lists of cells."""
    found: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
            inside = True
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not set("".join(cells)) <= set("-: "):
            found[-1].append(cells)
    return found


def quoted(text: str) -> list[str]:
    """Return what stands between backticks, blocks aside."""
    return re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


def table(text: str, *head: str) -> list[list[str]]:
    """Return the rows of the only table with this head."""
    (rows,) = [rows[1:] for rows in tables(text) if rows[0] == [*head]]
    return rows


def files_by_folder(text: str) -> dict[str, list[str]]:
    """Return, for each table of files, its folder and the paths of its files within the folder."""
    return {
        quoted(rows[0][0])[0].rstrip("/"): [name for row in rows[1:] for name in quoted(row[0])]
        for rows in tables(text)
        if rows[0][1:] == ["decides"]
    }


def paths(text: str) -> set[str]:
    """Return the files that a text names by their whole paths."""
    return {each for each in quoted(text) if re.fullmatch(r"[\w.]+(/[\w.]+)+\.(py|lua|js|md)", each)}


def section(text: str, heading: str) -> str:
    """Return the part of a text below a heading of the second level."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def walk(text: str) -> list[str]:
    """Return the first file of each step of a numbered list."""
    return re.findall(r"^\d+\. `([^`]+)`", text, re.M)
