from types import SimpleNamespace
from typing import Any

import httpx2
from structlog.testing import capture_logs

from tests.support.ports import free_port
from tickcast.publisher.metrics import serve_metrics
from tickcast.publisher.sources.complaints import FULL, MALFORMED, Complaints
from tickcast.publisher.stats import Stats
from tickcast.wire.names import MAIN


def counted(source: str) -> float:
    return MALFORMED.labels(source)._value.get()


def test_the_first_lines_are_told_in_full_then_tenfold_numbers_then_the_sum() -> None:
    before = counted("replay")
    with capture_logs() as logs:
        complaints = Complaints("replay", "day.csv")
        for line in range(1, 1235):
            complaints.add(line, "p: missing")
        complaints.finish()

    told = [(log.get("line"), log["reason"]) for log in logs[:FULL]]
    assert told == [(line, "p: missing") for line in range(1, FULL + 1)]
    assert [log["lines"] for log in logs[FULL:]] == [100, 1000, 1234]
    assert all(log["log_level"] == "warning" and log["file"] == "day.csv" for log in logs)
    assert complaints.count == counted("replay") - before == 1234


def test_there_is_no_sum_where_each_line_was_told() -> None:
    with capture_logs() as logs:
        complaints = Complaints("stdin", "standard input")
        complaints.add(3, "not JSON")
        complaints.finish()

    assert len(logs) == 1


def test_damage_is_told_once() -> None:
    with capture_logs() as logs:
        complaints = Complaints("replay", "day.gz")
        complaints.add_damage("it breaks off")
        complaints.add_damage("it breaks off")

    assert [log["reason"] for log in logs] == ["it breaks off"]


def test_the_publisher_serves_the_count_to_prometheus() -> None:
    with capture_logs():
        Complaints("tape", "tape").add(1, "torn")
    port = free_port()
    broker: Any = SimpleNamespace(retries=0, names=MAIN)
    with serve_metrics("127.0.0.1", port, Stats(), broker):
        answer = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60)

    text = answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert 'tickcast_publisher_malformed_lines_total{source="tape"} 1.0' in text
