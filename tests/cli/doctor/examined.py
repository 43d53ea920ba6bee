"""Examinations by tests, and what they found."""

from typing import Any

from tickcast.cli.doctor.examination import examine
from tickcast.cli.doctor.finding import Finding, Level
from tickcast.cli.doctor.report import Report
from tickcast.cli.doctor.settings import DoctorSettings

NOBODY = "http://127.0.0.1:9"
"""An address at which nothing answers."""


async def examined(redis_url: str, url: str = NOBODY, **settings: Any) -> Report:
    """Return what the doctor finds."""
    return await examine(DoctorSettings(redis_url=redis_url, url=url, **settings))


def wrong(report: Report) -> dict[str, Finding]:
    """Return the faults and warnings, by name."""
    return {each.name: each for each in report.findings if each.level in (Level.FAULT, Level.WARNING)}


def names(report: Report, level: Level) -> set[str]:
    """Return the names of the findings of a level."""
    return {each.name for each in report.of(level)}
