"""Every block of README.md and docs/*.md is run by a test as it is written, or says why not."""

import re

import pytest

from tests.docs.exceptions import EXCEPTIONS
from tests.support.snippets import PAGES, ROOT, Key, Snippet, snippets, taken_by

HOW = """
Each of these blocks needs one of two:
  a test that runs it as it is written, and takes it by
      from tests.support.snippets import block
      block({page!r}, {heading!r}, {place})
  or a row with the reason in EXCEPTIONS of tests/docs/exceptions.py:
      ({page!r}, {heading!r}, {place}): "output, shown",
"""

IMPORT = re.compile(r"^from tests\.support\.snippets import .*\bblocks?\b", re.MULTILINE)


def taken() -> dict[Key, list[str]]:
    """Return the blocks that tests take, with the files that do."""
    found: dict[Key, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        source = path.read_text("utf-8")
        if IMPORT.search(source):
            try:
                taken_here = taken_by(source)
            except (ValueError, AssertionError) as error:
                raise AssertionError(f"{path.relative_to(ROOT)}: {error}") from None
            for each in taken_here:
                found.setdefault(each.key, []).append(path.relative_to(ROOT).as_posix())
    return found


TAKEN = taken()


def left(page: str) -> list[Snippet]:
    """Return the blocks of a page of which nobody says anything."""
    return [each for each in snippets(page) if each.key not in TAKEN and each.key not in EXCEPTIONS]


@pytest.mark.parametrize("page", PAGES)
def test_a_test_takes_every_block_or_a_reason_is_given(page: str) -> None:
    missing = left(page)
    how = HOW.format(**missing[0]._asdict()) if missing else ""
    assert not missing, "\n".join(["no test takes", *map(str, missing), how])


def test_every_exception_names_a_block_that_no_test_takes() -> None:
    there = {each.key for page in PAGES for each in snippets(page)}
    assert [key for key in EXCEPTIONS if key not in there] == []
    assert [(key, TAKEN[key]) for key in EXCEPTIONS if key in TAKEN] == []
    assert [key for key, reason in EXCEPTIONS.items() if len(reason.split()) < 2] == []


def test_a_block_is_found_by_the_call_that_takes_it() -> None:
    source = (
        'a = block("README.md", "Test it")\nb = [each.code for each in blocks("docs/sources.md", "toml")]'
    )
    assert [(each.page, each.heading, each.language) for each in taken_by(source)] == [
        ("README.md", "Test it", "sh"),
        ("docs/sources.md", "Your own source", "toml"),
    ]


@pytest.mark.parametrize("source", ['block(PAGE, "Test it")', 'block("README.md", "Test it", 7)'])
def test_a_call_that_cannot_be_read_or_names_no_block_is_an_error(source: str) -> None:
    with pytest.raises((ValueError, AssertionError)):
        taken_by(source)
