"""The rules by which a client judges its stream."""

from tickcast.cli.verify.sse import Event
from tickcast.cli.verify.stream_check import Findings, StreamCheck


def tick(q: int, symbol: str = "A") -> str:
    return f'{{"S":"{symbol}","q":{q},"t":1,"p":1}}'


def check(*events: tuple[str, str], interval: int = 0, cursor: bytes = b"c") -> Findings:
    subject = StreamCheck(interval)
    for kind, data in events:
        subject.on_event(Event(kind.encode(), data.encode(), cursor))
    return subject.findings


def ticks(*sequence: int) -> list[tuple[str, str]]:
    return [("tick", tick(q)) for q in sequence]


def snapshot(*sequence: int) -> tuple[str, str]:
    return "snapshot", f"[{','.join(map(tick, sequence))}]"


HELLO = ("hello", '{"resumed":"live"}')
RESET = ("hello", '{"resumed":"reset"}')
REPLAYED = ("hello", '{"resumed":"replayed"}')
GAP = ("gap", '{"reason":"slow"}')


def test_an_unbroken_sequence_is_no_fault() -> None:
    found = check(HELLO, snapshot(5), *ticks(6, 7, 8))
    assert (found.faults, found.ticks) == (0, 3)


def test_a_missing_tick_is_lost() -> None:
    assert check(HELLO, snapshot(5), *ticks(6, 9)).lost == 2


def test_a_second_copy_is_repeated() -> None:
    found = check(*ticks(1, 2, 2, 3))
    assert (found.repeated, found.faults) == (1, 1)


def test_what_the_snapshot_held_must_not_come_again() -> None:
    assert check(HELLO, snapshot(5), *ticks(5, 6)).repeated == 1


def test_a_late_tick_is_out_of_order_and_not_lost() -> None:
    found = check(*ticks(1, 2, 4, 3, 5))
    assert (found.out_of_order, found.lost, found.repeated) == (1, 0, 0)


def test_an_announced_gap_is_not_loss() -> None:
    found = check(HELLO, snapshot(5), *ticks(6), GAP, snapshot(10), *ticks(11))
    assert (found.faults, found.told, found.gaps["slow"]) == (0, 3, 1)


def test_a_gap_without_its_snapshot_excuses_nothing() -> None:
    assert check(*ticks(6), GAP, *ticks(10)).lost == 3


def test_a_gap_excuses_only_the_snapshot_that_follows_it() -> None:
    assert check(*ticks(6), GAP, snapshot(6), *ticks(7), snapshot(10)).lost == 2


def test_a_reset_excuses_a_jump_of_the_snapshot() -> None:
    assert check(*ticks(6), RESET, snapshot(10), *ticks(11)).faults == 0


def test_a_stream_that_claims_to_be_live_to_a_client_with_a_cursor_hides_a_jump() -> None:
    assert check(HELLO, snapshot(5), *ticks(6), HELLO, snapshot(10)).lost == 3


def test_a_replay_must_be_whole() -> None:
    assert check(*ticks(6), REPLAYED, *ticks(7, 8)).faults == 0
    assert check(*ticks(6), REPLAYED, *ticks(8)).lost == 1


def test_a_snapshot_never_goes_back() -> None:
    assert check(HELLO, snapshot(5), *ticks(6), GAP, snapshot(4)).out_of_order == 1


def test_at_an_interval_a_sequence_only_has_to_grow() -> None:
    assert check(*ticks(1, 5, 9), interval=250).faults == 0
    assert check(*ticks(1, 5, 5), interval=250).repeated == 1
    assert check(*ticks(1, 5, 3), interval=250).out_of_order == 1


def test_what_is_no_tick_is_counted() -> None:
    assert check(("tick", "{}"), ("gap", "[]"), ("snapshot", "?"), ("unknown", "?")).malformed == 3


def test_symbols_are_told_apart() -> None:
    assert check(("tick", tick(1, "A")), ("tick", tick(7, "B")), ("tick", tick(2, "A"))).faults == 0
