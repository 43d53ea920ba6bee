"""Results of runs as lines of JSON, one for each run, so that runs of several machines add up."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.referee.run import Outcome


@dataclass
class Result:
    """What is counted of one run, or of many."""

    name: str
    """`seed 7`, the name of a fault, or `all`."""
    runs: int = 0
    bad: int = 0
    """Runs in which something was wrong."""
    handed: int = 0
    """Ticks given to the publishers."""
    accepted: int = 0
    """Ticks that Redis took."""
    delivered: int = 0
    """Ticks that clients were sent, over all clients."""
    covered: int = 0
    """Ticks that clients at interval 0 never got, inside a gap or reset that was sent."""
    lost: int = 0
    """Ticks that they never got, without a word."""
    repeated: int = 0
    bars: int = 0
    """States of bars that were compared with their ticks."""
    stale: float = 0.0
    """Seconds for which a client took its prices for live that were not, at most."""
    gaps: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    """What was wrong, by kind."""

    def line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(asdict(self))


def result_of(name: str, outcome: "Outcome") -> Result:
    """Return what is counted of a run."""
    verdict = outcome.verdict
    return Result(
        name,
        runs=1,
        bad=int(bool(verdict.faults)),
        handed=outcome.handed,
        accepted=verdict.accepted,
        delivered=verdict.delivered,
        covered=verdict.covered,
        lost=verdict.lost,
        repeated=verdict.repeated,
        bars=verdict.bars,
        stale=round(verdict.stale / 1e6, 3),
        gaps=dict(verdict.gaps),
        faults=dict(verdict.kinds()),
    )


def failed(name: str, error: BaseException) -> Result:
    """Return the result of a run that has given no verdict."""
    return Result(name, runs=1, bad=1, faults={f"no verdict: {type(error).__name__}": 1})


def parse(line: str) -> Result:
    """Return the result of a line. Raises ValueError, TypeError."""
    loaded: dict[str, Any] = json.loads(line)
    return Result(**loaded)


def total(results: Iterable[Result]) -> Result:
    """Add up."""
    whole = Result("all")
    gaps, faults = Counter[str](), Counter[str]()
    for each in results:
        for name in ("runs", "bad", "handed", "accepted", "delivered", "covered", "lost", "repeated", "bars"):
            setattr(whole, name, getattr(whole, name) + getattr(each, name))
        whole.stale = max(whole.stale, each.stale)
        gaps.update(each.gaps)
        faults.update(each.faults)
    whole.gaps, whole.faults = dict(gaps), dict(faults)
    return whole


def table(results: Iterable[Result]) -> str:
    """Return results in lines of Markdown, a run each, and a last line with the sums."""
    rows = [*results]
    lines = [
        "| run | accepted | delivered | in gaps sent | lost untold | repeated | believed live, s | wrong |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in (*rows, total(rows)):
        wrong = ", ".join(f"{kind} {count}" for kind, count in each.faults.items()) or "-"
        name = f"all {each.runs}, {each.bad} bad" if each.name == "all" else each.name
        counts = (each.accepted, each.delivered, each.covered, each.lost, each.repeated)
        numbers = " | ".join(f"{count:,}" for count in counts)
        lines.append(f"| {name} | {numbers} | {each.stale:.2f} | {wrong} |")
    return "\n".join(lines)
