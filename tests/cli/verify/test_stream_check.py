"""The rules by which a client judges its stream."""

import pytest

from tickcast.cli.verify.newest import Newest
from tickcast.cli.verify.stream_check import Findings, StreamCheck
from tickcast.client.sse import Event


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


HELLO = ("hello", '{"resumed":"new"}')
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


@pytest.mark.parametrize("resumed", ["new", "live"])
def test_a_stream_that_claims_to_be_new_or_live_to_a_client_with_a_cursor_hides_a_jump(resumed: str) -> None:
    hello = ("hello", f'{{"resumed":"{resumed}"}}')
    assert check(HELLO, snapshot(5), *ticks(6), hello, snapshot(10)).lost == 3


def test_a_replay_must_be_whole() -> None:
    assert check(*ticks(6), REPLAYED, *ticks(7, 8)).faults == 0
    assert check(*ticks(6), REPLAYED, *ticks(8)).lost == 1


def test_a_snapshot_never_goes_back() -> None:
    assert check(HELLO, snapshot(5), *ticks(6), GAP, snapshot(4)).out_of_order == 1


OLD = '"epoch":"0a0a0a0a0a0a"'
NEW = '"epoch":"0b0b0b0b0b0b"'
OLD_HELLO = ("hello", f'{{"resumed":"live",{OLD}}}')
LOST_DATA = ("gap", f'{{"reason":"feed",{NEW}}}')


def test_in_another_epoch_q_begins_again() -> None:
    found = check(OLD_HELLO, snapshot(413), *ticks(414), LOST_DATA, snapshot(1), *ticks(2, 3))
    assert (found.faults, found.told, found.gaps["feed"]) == (0, 0, 1)
    found = check(OLD_HELLO, snapshot(413), LOST_DATA, snapshot(), *ticks(1, 2, 4, 2))
    assert (found.lost, found.repeated, found.out_of_order) == (1, 1, 0)


def test_a_reset_to_another_epoch_is_the_same() -> None:
    reset = ("hello", f'{{"resumed":"reset",{NEW}}}')
    assert check(OLD_HELLO, snapshot(413), reset, snapshot(1), *ticks(2)).faults == 0


def test_a_stream_cannot_resume_in_another_epoch() -> None:
    replayed = ("hello", f'{{"resumed":"replayed",{NEW}}}')
    assert check(OLD_HELLO, snapshot(413), replayed, *ticks(414)).malformed == 1


def test_the_feed_may_go_back_within_an_epoch_where_it_says_so() -> None:
    within = ("gap", f'{{"reason":"feed",{OLD}}}')
    found = check(OLD_HELLO, snapshot(413), within, snapshot(400), *ticks(401))
    assert (found.faults, found.told) == (0, 0)
    assert check(OLD_HELLO, snapshot(413), within, snapshot(414), snapshot(400)).out_of_order == 0
    assert (
        check(OLD_HELLO, snapshot(413), within, snapshot(414), *ticks(415), snapshot(400)).out_of_order == 1
    )
    slow = ("gap", f'{{"reason":"slow",{OLD}}}')
    assert check(OLD_HELLO, snapshot(413), slow, snapshot(400)).out_of_order == 1


def test_who_is_in_another_epoch_than_the_gateway_has_none_of_its_ticks() -> None:
    subject = StreamCheck(0)
    for kind, data in (OLD_HELLO, snapshot(413)):
        subject.on_event(Event(kind.encode(), data.encode(), b"c"))
    assert subject.behind(Newest({b"A": 2}, "0b0b0b0b0b0b")) == 1
    assert subject.behind(Newest({b"A": 2}, "0a0a0a0a0a0a")) == 0
    assert subject.behind(Newest({b"A": 415})) == 2


def test_at_an_interval_a_sequence_only_has_to_grow() -> None:
    assert check(*ticks(1, 5, 9), interval=250).faults == 0
    assert check(*ticks(1, 5, 5), interval=250).repeated == 1
    assert check(*ticks(1, 5, 3), interval=250).out_of_order == 1


def test_what_is_no_tick_is_counted() -> None:
    assert check(("tick", "{}"), ("gap", "[]"), ("snapshot", "?"), ("unknown", "?")).malformed == 3


def test_symbols_are_told_apart() -> None:
    assert check(("tick", tick(1, "A")), ("tick", tick(7, "B")), ("tick", tick(2, "A"))).faults == 0


def test_a_symbol_that_left_and_returned_counts_from_1_again() -> None:
    left = ("retired", '{"S":["A"],"reason":"producer"}')
    found = check(HELLO, snapshot(5), *ticks(6), left, *ticks(1, 2))
    assert (found.faults, found.ticks) == (0, 3)
    assert check(HELLO, snapshot(5), *ticks(6, 1)).faults == 1
    assert check(HELLO, snapshot(5), *ticks(6), left, *ticks(1, 3)).lost == 1
