"""What the doctor prints, and how it ends."""

import json

import redis
from rich.console import Console

from tests.cli.program import tickcast
from tickcast.cli.doctor.finding import fault, ok, unchecked, warning
from tickcast.cli.doctor.report import Report, drawn, report_of
from tickcast.wire.names import MAIN

FINDINGS = [
    ok("a-right", "it is [right]"),
    *unchecked(["b-unknown", "c-unknown"], "nobody answers", "start it"),
    warning("d-soon", "it will break", "mend it"),
    fault("e-wrong", "it is broken [here]", "repair it"),
    fault("e-wrong", "it is broken [here]", "repair it"),
]


def printed(report: Report, shows_all: bool = False) -> list[str]:
    console = Console(width=200)
    with console.capture() as captured:
        for part in drawn(report, shows_all):
            console.print(part)
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_faults_come_first_with_what_mends_them_and_what_was_not_checked_has_its_reason() -> None:
    assert printed(report_of("http://a", "main", FINDINGS)) == [
        "fault e-wrong it is broken [here]",
        "→ repair it",
        "warning d-soon it will break",
        "→ mend it",
        "not checked: b-unknown, c-unknown: nobody answers; start it",
        "3 checks: 1 fault, 1 warning; 2 not made",
    ]


def test_what_is_right_is_shown_when_asked_for() -> None:
    shown = printed(report_of("http://a", "main", FINDINGS[:1]), shows_all=True)
    assert shown == ["ok a-right it is [right]", "1 check: 0 faults, 0 warnings"]
    assert printed(report_of("http://a", "main", FINDINGS[:1])) == shown[1:]


def test_only_a_fault_makes_an_installation_unhealthy() -> None:
    assert not report_of("http://a", "main", FINDINGS).is_healthy
    assert report_of("http://a", "main", FINDINGS[:4]).is_healthy


def test_json_has_every_finding_and_the_exit_code_tells_of_faults(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(MAIN.meta(0), mapping={"partitions": "1", "sent": "1"})
    done = tickcast("doctor", "--json", "http://127.0.0.1:9", TICKCAST_REDIS_URL=valkey_url)
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert not told["healthy"]
    assert told["counts"]["fault"] >= 1
    levels = {each["name"]: each["level"] for each in told["findings"]}
    assert (levels["feed-leader"], levels["redis-connection"]) == ("fault", "ok")
    assert all(set(each) == {"name", "level", "what", "mend"} for each in told["findings"])


def test_a_setting_that_will_not_do_is_an_error_of_use() -> None:
    for words in (["http://["], ["--redis-url", "nonsense"], ["--feed", "No!"]):
        done = tickcast("doctor", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith("tickcast: --")


def test_what_others_wrote_moves_no_cursor() -> None:
    shown = "\n".join(
        printed(report_of("http://a", "main", [fault("a-b", "told \x1b[2J\x07", "mend \x1b]0;x")]))
    )
    assert "\x1b" not in shown
    assert "\x07" not in shown
