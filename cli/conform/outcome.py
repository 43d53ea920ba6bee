"""What a check of conformance says, and how all of them are printed."""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from tickcast.cli.words import plain

if TYPE_CHECKING:
    from rich.console import RenderableType


class Verdict(Enum):
    """What a check says. The worst comes first."""

    DEVIATES = "deviates"
    UNCHECKED = "unchecked"
    """It could not be made: nothing is known."""
    KEEPS = "keeps"


class Outcome(NamedTuple):
    """What one check says."""

    name: str
    """Name of the check, in kebab case; docs/conformance.md lists them."""
    verdict: Verdict
    what: str
    """What was seen, in a sentence; of an unchecked one why it was not made."""
    rule: str
    """What is asked for, in a sentence."""

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON."""
        return {**self._asdict(), "verdict": self.verdict.value}


class Deviation(Exception):  # noqa: N818 - what is found is no error of the program
    """The server or client does otherwise. The message says what it did."""


class Unchecked(Exception):  # noqa: N818 - what is found is no error of the program
    """A check could not be made. The message says why."""


class Report(NamedTuple):
    """The outcome of every check."""

    subject: str
    """What was put through it: an address, or `client`."""
    outcomes: Sequence[Outcome]

    @property
    def conforms(self) -> bool:
        """Tell whether no deviation was found, and something was checked at all."""
        return not self.of(Verdict.DEVIATES) and bool(self.of(Verdict.KEEPS))

    def of(self, verdict: Verdict) -> list[Outcome]:
        """Return the outcomes with a verdict."""
        return [each for each in self.outcomes if each.verdict is verdict]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        counts = {verdict.value: len(self.of(verdict)) for verdict in Verdict}
        checks = [each.as_dict() for each in self.outcomes]
        return {"conforms": self.conforms, "subject": self.subject, "counts": counts, "checks": checks}


def drawn(report: Report, shows_all: bool) -> "list[RenderableType]":
    """Return what rich prints: deviations first, and what was not checked; with `shows_all` the rest too."""
    from rich.table import Table
    from rich.text import Text

    # Texts and not markup: what a server says may have brackets.
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    styles = {Verdict.DEVIATES: "bold red", Verdict.UNCHECKED: "yellow", Verdict.KEEPS: "green"}
    for verdict in Verdict:
        if verdict is Verdict.KEEPS and not shows_all:
            continue
        for each in report.of(verdict):
            table.add_row(Text(verdict.value, styles[verdict]), each.name, Text(plain(each.what)))
            if verdict is Verdict.DEVIATES:
                table.add_row("", "", Text(f"→ {each.rule}", "dim"))
    counts = {verdict: len(report.of(verdict)) for verdict in Verdict}
    made = counts[Verdict.DEVIATES] + counts[Verdict.KEEPS]
    words = f"{made} checks: {counts[Verdict.KEEPS]} kept, {counts[Verdict.DEVIATES]} deviate"
    if counts[Verdict.UNCHECKED]:
        words += f"; {counts[Verdict.UNCHECKED]} not made"
    parts: list[RenderableType] = [table] if table.row_count else []
    return [*parts, Text(words, "bold" if report.conforms else "bold red")]
