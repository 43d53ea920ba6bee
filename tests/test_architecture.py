"""docs/architecture.md names what there is: rooms, files, the names in them, and two walks through them."""

import re
from pathlib import Path

import pytest

from tests.support.document import (
    ABOVE,
    ARCHITECTURE,
    ROOT,
    files_by_folder,
    paths,
    quoted,
    section,
    table,
    tables,
)
from tests.support.document import walk as walk_of
from tests.support.rooms import HOUSES, ROOMS, arrows
from tests.support.source import defines

TEXT = ARCHITECTURE.read_text("utf-8")
QUESTIONS = table(TEXT, "question", "file", "name")
ROWS = {
    quoted(room)[0].rstrip("/"): allowed for room, _, allowed in table(TEXT, "room", "duty", "may import")
}
FILES = files_by_folder(TEXT)
WALKS = {
    "A tick, from source to socket": 14,
    "A cursor, from header to replayed frames": 17,
}
"""Heading of a walk, and how many files it may pass at most."""


def test_there_are_twelve_questions() -> None:
    assert len(QUESTIONS) == 12


@pytest.mark.parametrize(("question", "file", "name"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_the_file_that_answers_a_question_defines_the_name(question: str, file: str, name: str) -> None:
    assert defines(ROOT / quoted(file)[0], quoted(name)[0])


def test_a_missing_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text("A = 1\nclass B:\n    C: int = 1\n    async def d(self): e = 1\nprint(F := 1)\n", "utf-8")
    assert all(defines(path, name) for name in ("A", "B", "B.C", "B.d", "B.d.e"))
    assert not any(defines(path, name) for name in ("C", "d", "B.A", "B.d.x", "F", "G"))


def test_the_table_of_rooms_lists_exactly_the_folders_that_exist() -> None:
    code = {str(path.parent.relative_to(ROOT)) for house in HOUSES for path in (ROOT / house).rglob("*.py")}
    web = {
        str(path.parent.relative_to(ROOT))
        for path in (ROOT / "web").rglob("*.js")
        if "node_modules" not in path.parts
    }
    # What lies beside the gateway's rooms are rooms of one file each.
    assert {room for room in ROWS if "." not in room} == (code | web) - {"gateway"}
    files = {f"gateway/{path.name}" for path in (ROOT / "gateway").glob("*.py")}
    assert {room for room in ROWS if "." in room} == files - {"gateway/__init__.py"}


def test_the_table_of_rooms_says_what_the_import_test_holds() -> None:
    said, above = {}, ""
    for room, allowed in ROWS.items():
        if not allowed.startswith("as ") and not room.startswith("web"):
            said[room] = " ".join(quoted(allowed)) + (above if ABOVE in allowed else "")
        above += f" {room}"
    assert arrows(said) == arrows(ROOMS)


LISTED = [
    room
    for room in ROWS
    if re.match("(gateway|runtime|wire|publisher|client)", room)
    and "." not in room
    and room != "publisher/sources"
]


@pytest.mark.parametrize("room", LISTED)
def test_the_tables_of_files_list_exactly_the_files_of_a_room(room: str) -> None:
    house = next(each for each in FILES if room == each or room.startswith(f"{each}/"))
    named = [path for path in (Path(house, name) for name in FILES[house]) if str(path.parent) == room]
    there = [
        path.relative_to(ROOT)
        for path in (ROOT / room).iterdir()
        if path.suffix in (".py", ".lua") and path.name != "__init__.py"
    ]
    assert sorted(named) == sorted(there)


def test_every_file_that_is_named_exists() -> None:
    # Tables have tests of their own, and shorter names.
    named = paths("\n".join(line for line in TEXT.splitlines() if not line.startswith("|")))
    assert len(named) > 50
    assert {path for path in named if not (ROOT / path).is_file()} == set()
    linked = {path for path in re.findall(r"\]\(([^)#]+)", TEXT) if ":" not in path}
    assert {path for path in linked if not (ROOT / "docs" / path).is_file()} == set()


@pytest.mark.parametrize("heading", WALKS)
def test_a_walk_passes_no_more_files_than_it_may(heading: str) -> None:
    walk = walk_of(section(TEXT, heading))
    assert 10 < len(walk) <= WALKS[heading]
    assert len(set(walk)) == len(walk)
    assert not any(path.startswith(("wire/", "gateway/protocol/")) for path in walk)


def test_every_word_of_the_glossary_is_at_home_in_a_file_and_stands_there_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rows = [row for rows in tables(text) for row in rows[1:]]
    words = [word.strip("` ") for row in rows for word in row[0].split(",")]
    assert len(words) > 50
    assert len(set(words)) == len(words)
    assert [home for _, _, home in rows if not (ROOT / quoted(home)[0]).is_file()] == []
