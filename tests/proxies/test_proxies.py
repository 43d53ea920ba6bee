"""docs/proxies.md, "Behind your own proxy": every cell of its table, tried with the lines of the page.

CI tries the proxies of KINDS that have `ci`; `make proxies` tries all, and a quiet feed for 90 s. One
campaign tries all of them at once, so that each fault is waited for only once. A second one,
of slow clients, is no part of CI.
"""

import asyncio
import re
import shutil

import pytest

from tests.proxies import campaign
from tests.proxies.judge import Judge
from tests.proxies.proxy import KINDS, PAGE, lines, section_of
from tests.proxies.trial import ALL
from tests.support.docs import rows, section
from tests.support.missing import missing
from tickcast.client.sse import Event

pytestmark = [pytest.mark.pair, pytest.mark.timeout(600)]

ROWS = {(row["proxy"], row["lines"]): row for row in rows(section("proxies.md", "## What works"), "proxy")}
CELLS = [name for name in next(iter(ROWS.values())) if name not in ("proxy", "lines")]
TRIED = [each for each in ROWS if ALL or KINDS[each[0]].ci]
TRIED_CELLS = [cell for cell in CELLS if ALL or cell != "slow"]


def is_here(kind: str) -> bool:
    """Tell whether this machine has a proxy; those of npm are fetched."""
    return not KINDS[kind].program or shutil.which(KINDS[kind].program) is not None


@pytest.fixture(scope="module")
def seen() -> campaign.Seen:
    """What a campaign saw of every proxy that is here."""
    here = [each for each in TRIED if is_here(each[0])]
    found = asyncio.run(campaign.run(here)) if here else {}
    if "slow" in TRIED_CELLS and here:
        for each, cells in asyncio.run(campaign.run_slow(here)).items():
            found[each] |= cells
    return found


@pytest.mark.parametrize("cell", TRIED_CELLS)
@pytest.mark.parametrize(("kind", "which"), TRIED)
def test_a_cell_of_the_table_is_as_it_says(kind: str, which: str, cell: str, seen: campaign.Seen) -> None:
    if not is_here(kind):
        missing(f"{KINDS[kind].program} is not on PATH (Debian: apt install {KINDS[kind].package})")
    works, what = seen[kind, which][cell]
    said = ROWS[kind, which][cell]
    assert said in ("yes", "no", "at times")
    if said != "at times":
        assert works is (said == "yes"), what


@pytest.mark.parametrize(("kind", "which"), TRIED)
def test_no_tick_is_lost_or_repeated_untold(kind: str, which: str, seen: campaign.Seen) -> None:
    if not is_here(kind):
        missing(f"{KINDS[kind].program} is not on PATH (Debian: apt install {KINDS[kind].package})")
    exact, what = seen[kind, which]["exact"]
    assert exact, what


def test_the_table_has_every_proxy_with_the_lines_of_a_first_try_and_the_best_ones() -> None:
    assert {kind for kind, _ in ROWS} == {*KINDS}
    for kind in KINDS:
        assert {"first", "best"} <= {which for other, which in ROWS if other == kind}
    assert all(lines(*each).strip() for each in ROWS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_work_with_the_best_lines_is_explained(kind: str) -> None:
    explained = re.findall(r"^- \*\*(.*?)\*\*: ", section_of(kind), re.MULTILINE)
    wanting = [cell for cell in CELLS if ROWS[kind, "best"][cell] != "yes"]
    assert [cell for cell in wanting if cell not in explained] == []


def test_the_page_says_what_works_behind_which_proxy() -> None:
    assert PAGE.read_text("utf-8").startswith("# Behind your own proxy\n")


def tick(q: int) -> Event:
    """Return a tick of a symbol."""
    return Event(b"tick", b'{"S":"A","q":%d,"t":1000000}' % q, b"")


def hello(resumed: str, epoch: str = "e") -> Event:
    """Return the beginning of a stream."""
    return Event(b"hello", f'{{"resumed":"{resumed}","epoch":"{epoch}"}}'.encode(), b"")


@pytest.mark.parametrize(
    ("events", "holes", "repeats", "told"),
    [
        ([hello("new"), tick(1), tick(2), hello("replayed"), tick(3)], 0, 0, 0),
        ([hello("new"), tick(1), tick(3)], 1, 0, 0),
        ([hello("new"), tick(1), hello("live"), tick(1)], 0, 1, 0),
        ([hello("new"), tick(1), hello("reset"), tick(9)], 0, 0, 1),
        ([hello("new"), tick(1), hello("new"), tick(2)], 1, 0, 0),
        ([hello("new"), tick(9), hello("reset", "f"), tick(1)], 0, 0, 1),
        ([hello("new"), tick(1), Event(b"snapshot", b'[{"S":"A","q":3,"t":1}]', b"")], 1, 0, 0),
    ],
)
def test_the_judge_finds(events: list[Event], holes: int, repeats: int, told: int) -> None:
    judge = Judge()
    for event in events:
        judge.take(event, 2.0)
    assert (len(judge.holes), len(judge.repeats), len(judge.told)) == (holes, repeats, told)


def test_the_judge_takes_the_age_of_ticks_when_asked_to() -> None:
    judge = Judge()
    judge.take(tick(1), 3.5)
    judge.aging = True
    judge.take(tick(2), 3.5)
    assert judge.ages == [2.5]
