"""The judge finds each kind of hole, repeat and lateness, and nothing in a stream that is right."""

from typing import Any

import pytest

from tests.clients.judge import ARRAY, Judge, Line, parse_line

NOW = 1_795_384_800_000_000


def hello(at: int = NOW, resumed: str = "new") -> Line:
    return Line(at, "hello", {"resumed": resumed, "t": at}, 100)


def made(q: int, symbol: str = "A", t: int = NOW) -> dict[str, Any]:
    return {"S": symbol, "q": q, "t": t}


def tick(q: int, symbol: str = "A", at: int = NOW, t: int = NOW) -> Line:
    return Line(at, "tick", made(q, symbol, t), 60)


def snapshot(*ticks: dict[str, Any], at: int = NOW, size: int = 100) -> Line:
    return Line(at, "snapshot", [*ticks], size)


GAP = Line(NOW, "gap", {"reason": "slow"}, 80)
START = [hello(), snapshot(made(5), made(7, "B"))]


def judged(*lines: Line) -> Judge:
    judge = Judge()
    judge.take(lines)
    return judge


def test_a_stream_in_order_and_on_time_is_right() -> None:
    judge = judged(*START, tick(6), tick(8, "B"), tick(7), tick(1, "C"))
    assert (judge.findings, judge.told, judge.ticks) == ([], [], 4)
    assert judge.held == {"A": 7, "B": 8, "C": 1}
    assert judge.behind({"A": 7, "B": 9}) == ["B"]


@pytest.mark.parametrize("resumed", ["live", "replayed"])
def test_a_resume_goes_on_where_the_stream_was_cut(resumed: str) -> None:
    assert judged(*START, tick(6), hello(resumed=resumed), tick(7)).findings == []


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([tick(7)], "a hole of A: 7 after 5"),
        ([tick(6), tick(6)], "a repeat of A: 6 after 6"),
        ([tick(2, "C")], "a hole of C: 2 after 0"),
        ([hello(resumed="live"), tick(7)], "a hole of A: 7 after 5"),
        ([hello(resumed="replayed"), tick(5)], "a repeat of A: 5 after 5"),
        ([tick(6), snapshot(made(7))], "a hole of A, 6 to 7, in a snapshot that nothing announced"),
        ([GAP, snapshot(made(4))], "A was set back from 5 to 4"),
        ([tick(6, at=NOW + 1_500_000)], "tick 6 of A was 1.50 s late"),
        ([Line(NOW + 2_000_000, "heartbeat", {"t": NOW}, 50)], "a heartbeat was 2.00 s late"),
        ([Line(NOW, "tock", {}, 2)], "an unknown event 'tock'"),
        ([GAP, snapshot(made(6), size=ARRAY + 1)], f"an array of {ARRAY + 1} bytes"),
        ([Line(NOW, "ticks", [made(6)], ARRAY + 1)], f"an array of {ARRAY + 1} bytes"),
        ([Line(NOW, "ticks", [made(6), made(8)], 200)], "a hole of A: 8 after 6"),
    ],
)
def test_what_must_not_be_is_found(lines: list[Line], what: str) -> None:
    assert [each.what for each in judged(*START, *lines).findings] == [what]


def test_a_hello_and_a_snapshot_that_come_late_are_found() -> None:
    late = NOW + 3_000_000
    judge = judged(Line(late, "hello", {"resumed": "new", "t": NOW}, 100), snapshot(made(5), at=late))
    assert [each.what for each in judge.findings] == ["hello was 3.00 s late", "a snapshot was 3.00 s late"]


def test_the_age_of_what_was_missed_counts_from_the_new_connection() -> None:
    back = NOW + 5_000_000
    assert judged(*START, hello(back, "replayed"), tick(6, at=back + 900_000)).findings == []
    found = judged(*START, hello(back, "replayed"), tick(6, at=back + 1_100_000)).findings
    assert [each.what for each in found] == ["tick 6 of A was 1.10 s late"]


@pytest.mark.parametrize("told", ["new", "reset"])
def test_a_start_without_the_cursor_is_told_and_not_found(told: str) -> None:
    judge = judged(*START, hello(resumed=told), snapshot(made(9)), tick(10))
    assert judge.findings == []
    assert [each.what for each in judge.told] == [f"hello, {told}"]
    assert judge.held == {"A": 10}


def test_a_gap_is_told_and_not_found() -> None:
    judge = judged(*START, GAP, snapshot(made(9)), snapshot(made(11, "B")), tick(10))
    assert judge.findings == []
    assert [each.what for each in judge.told] == ["a gap, slow"]


def test_a_snapshot_may_jump_only_at_once_after_what_announced_it() -> None:
    judge = judged(*START, GAP, snapshot(made(9)), tick(10), snapshot(made(12)))
    assert len(judge.findings) == 1


def test_errors_and_the_end_are_kept() -> None:
    judge = judged(*START, Line(NOW, "error", "reset by peer", 15), Line(NOW, "end", "answered 400", 14))
    assert [each.data for each in judge.errors] == ["reset by peer"]
    assert judge.ended is not None
    assert judge.ended.data == "answered 400"


def test_a_printed_line_has_the_size_of_its_data() -> None:
    data = '[{"S":"A","q":1,"t":2}]'
    line = parse_line(f'{{"at":{NOW},"event":"ticks","data":{data}}}'.encode())
    assert line == Line(NOW, "ticks", [made(1, t=2)], len(data))


def test_half_an_event_that_a_client_hands_on_is_found() -> None:
    half = parse_line(f'{{"at":{NOW},"event":"tick","data":{{"S":"A","q":6,"t":17}}'.encode())
    assert [each.what for each in judged(*START, half).findings] == ["an unknown event 'tick, not whole'"]
