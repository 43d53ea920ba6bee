"""What the doctor prints: faults first, each with how it is mended; then what could not be checked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tickcast.cli.doctor.finding import Finding, Level
from tickcast.cli.words import plain

if TYPE_CHECKING:
    from rich.console import RenderableType


class Report(NamedTuple):
    """All findings of one examination, the worst first."""

    url: str
    feed: str
    findings: list[Finding]

    @property
    def is_healthy(self) -> bool:
        """Tell whether no fault was found; what was not checked is not counted as one."""
        return not self.of(Level.FAULT)

    def of(self, level: Level) -> list[Finding]:
        """Return the findings of one level."""
        return [each for each in self.findings if each.level is level]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        counts = {level.value: len(self.of(level)) for level in Level}
        findings = [each.as_dict() for each in self.findings]
        return {
            "healthy": self.is_healthy, "url": self.url, "feed": self.feed,
            "counts": counts, "findings": findings,
        }  # fmt: skip


def report_of(url: str, feed: str, findings: Sequence[Finding]) -> Report:
    """Return a report; of findings that say the same of several places, one is kept.

    A check is right only if it is right everywhere.
    """
    worst = {level: place for place, level in enumerate(Level)}
    wrong = {each.name for each in findings if each.level in (Level.FAULT, Level.WARNING)}
    kept = [each for each in dict.fromkeys(findings) if each.level is not Level.OK or each.name not in wrong]
    return Report(url, feed, sorted(kept, key=lambda each: worst[each.level]))


def drawn(report: Report, shows_all: bool) -> "list[RenderableType]":
    """Return what rich prints: what is wrong, and with `shows_all` what is right too."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_column(overflow="fold")
    styles = {Level.FAULT: "bold red", Level.WARNING: "yellow", Level.OK: "green"}
    levels = [Level.FAULT, Level.WARNING, *([Level.OK] if shows_all else [])]
    for level in levels:
        for each in report.of(level):
            table.add_row(_text(level.value, styles[level]), each.name, _text(each.what))
            if each.mend:
                table.add_row("", "", _text(f"→ {each.mend}", "dim"))
    parts: list[RenderableType] = [table] if table.row_count else []
    by_reason: dict[str, list[str]] = {}
    for each in report.of(Level.UNCHECKED):
        reason = each.what + (f"; {each.mend}" if each.mend else "")
        by_reason.setdefault(reason, []).append(each.name)
    for reason, names in by_reason.items():
        parts.append(_text(f"not checked: {', '.join(names)}: {reason}"))
    return [*parts, _text(_summary(report), "bold" if report.is_healthy else "bold red")]


def _summary(report: Report) -> str:
    counts = {level: len(report.of(level)) for level in Level}
    made = sum(counts.values()) - counts[Level.UNCHECKED]
    words = f"{_count(made, 'check')}: {_count(counts[Level.FAULT], 'fault')}, "
    words += _count(counts[Level.WARNING], "warning")
    return words + (f"; {left} not made" if (left := counts[Level.UNCHECKED]) else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _text(words: str, style: str = "") -> "RenderableType":
    from rich.text import Text

    # Not as markup: an address may have brackets.
    return Text(plain(words), style)
