"""What the docs show of reports is what the programs print, to the blank; and the words are in their code."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from tests.support.snippets import ROOT, block
from tickcast.cli.conform.outcome import Outcome, Verdict
from tickcast.cli.conform.outcome import Report as Conformance
from tickcast.cli.conform.outcome import drawn as conformance_drawn
from tickcast.cli.conform.server_run import all_checks
from tickcast.cli.doctor.finding import fault, ok, unchecked, warning
from tickcast.cli.doctor.report import drawn, report_of
from tickcast.cli.main import app
from tickcast.cli.producers import FoundProducer, Standing
from tickcast.cli.report_output import print_drawn


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no line is broken."""
    monkeypatch.setenv("COLUMNS", "200")


def without_ends(text: str) -> list[str]:
    """Return the lines without the blanks at their ends."""
    return [line.rstrip() for line in text.splitlines()]


def test_the_report_of_the_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    eviction = "Redis drops keys when it is full (maxmemory-policy allkeys-lru), also those of the feed"
    room = "set maxmemory-policy noeviction: the publisher makes room itself"
    expiry = "the certificate of prices.example is good for 5 more days"
    renewed = "renew it, and let the proxy or Redis read it again"
    findings = [
        fault("redis-eviction", eviction, room),
        warning("tls-expiry", expiry, renewed),
        *unchecked(["auth-token"], "the gateways want no token"),
        *(ok(f"right-{number}", "it is right") for number in range(39)),
    ]
    print_drawn(drawn(report_of("http://a", "main", findings), shows_all=False))
    shown = block("docs/doctor.md", "What is wrong with an installation: `tickcast doctor`", 1)
    assert without_ends(capsys.readouterr().out) == without_ends(shown)
    code = "".join(path.read_text("utf-8") for path in (ROOT / "cli/doctor").glob("*.py"))
    said = eviction.replace("allkeys-lru", "{policy}"), room, "is good for {seen.days:.0f} more days", renewed
    assert [words for words in (*said, "the gateways want no token") if words not in code] == []


def test_the_report_of_conformance(capsys: pytest.CaptureFixture[str]) -> None:
    rules = {each.name: each.rule for each in all_checks()}
    outcomes = [
        Outcome("patch", Verdict.DEVIATES, "add is answered 403", rules["patch"]),
        Outcome("cors", Verdict.UNCHECKED, "no origin is named (--origin)", rules["cors"]),
        *(Outcome(f"kept-{number}", Verdict.KEEPS, "it keeps", "rule") for number in range(24)),
    ]
    print_drawn(conformance_drawn(Conformance("http://a", outcomes), shows_all=False))
    shown = block(
        "docs/conformance.md", "Whether a server or a client keeps to the protocol: `tickcast conform`", 1
    )
    assert without_ends(capsys.readouterr().out) == without_ends(shown)
    assert len(all_checks()) == len(outcomes)


def test_the_table_of_producers(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_795_384_800_000
    found = [
        FoundProducer("feeder", 84_210, 3, 1, now),
        FoundProducer("late", 12_000, newest=now - 12_000, waiting=int(34.5 * 1024)),
    ]
    refused = {"by": "feeder", "line": '{"S":"AAPL"}', "reason": "p: missing; a tick needs S, t and p"}

    async def read(*_: object) -> Standing:
        return Standing({each.name: each for each in found}, 0, [refused])

    monkeypatch.setattr("tickcast.cli.producers.read_standing", read)
    monkeypatch.setattr("tickcast.cli.commands.producers.time", SimpleNamespace(time=lambda: now / 1000))
    printed = CliRunner().invoke(app, ["producers"]).output
    assert without_ends(printed) == without_ends(block("docs/inbox.md", "What is refused", 1))
