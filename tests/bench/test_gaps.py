"""Clients that receive a gap: they start again behind it, and are checked from there."""

from multiprocessing import Pipe
from typing import Any

import pytest

from tests.bench.test_client import HEAD, HELLO, SNAPSHOT, START, tick
from tickcast.bench import trial
from tickcast.bench.checker import Checker, NewestClient, ResumingChecker, SummingClient, Times
from tickcast.bench.client import EVERY_TICK, NEWEST_TICKS, Client, Expectation, ResumingClient
from tickcast.bench.load_process import LoadOptions, LoadProcess
from tickcast.bench.totals import Proof
from tickcast.runtime.errors import UserError

GAP = b'event: gap\ndata: {"reason":"slow","from":"c6","to":"c20"}\n\n'
BEHIND = b'event: snapshot\ndata: [{"S":"A","q":20,"t":1,"p":2}]\nid: c20\n\n'
KINDS = ("client", "summing", "checker")


def kind(name: str, expects: Expectation = EVERY_TICK) -> Client:
    made = {"client": Client, "summing": SummingClient, "following": NewestClient}
    return Checker(expects, Times()) if name == "checker" else made[name](expects)


def after_gap(name: str, then: bytes) -> Client:
    """Return a client that received a gap between 6 and 20 and had `then` behind it."""
    client = kind(name)
    client.take(START + tick("A", 6) + GAP + BEHIND + then)
    return client


@pytest.mark.parametrize("name", KINDS)
def test_what_follows_a_gap_is_right_if_it_goes_on_from_the_snapshot(name: str) -> None:
    client = after_gap(name, tick("A", 21) + tick("A", 22))
    assert not client.faults
    assert not client.wrong({b"A": 22, b"B": 7})
    assert client.regained
    assert client.ticks == 3


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("second", "says"), [(21, "A: q 21 after 21"), (23, "A: q 23 after 21")])
def test_a_repeat_and_a_loss_behind_a_gap_are_noticed(name: str, second: int, says: str) -> None:
    assert after_gap(name, tick("A", 21) + tick("A", second)).faults == [says]


@pytest.mark.parametrize("name", KINDS)
def test_a_loss_at_the_end_behind_a_gap_is_noticed(name: str) -> None:
    assert after_gap(name, tick("A", 21)).wrong({b"A": 22, b"B": 7}) == "is not at the newest in 1 symbols"


OLD_START = START.replace(b'"replayed"', b'"epoch":"0a0a0a0a0a0a","replayed"')
OTHER_EPOCH = b'event: gap\ndata: {"reason":"feed","from":"c6","to":"c1","epoch":"0b0b0b0b0b0b"}\n\n'
ANEW = b'event: snapshot\ndata: [{"S":"A","q":1,"t":1,"p":2}]\nid: c1\n\n'


@pytest.mark.parametrize("name", [*KINDS, "following"])
def test_in_another_epoch_q_begins_again_for_every_symbol(name: str) -> None:
    client = kind(name, NEWEST_TICKS if name == "following" else EVERY_TICK)
    client.take(OLD_START + tick("A", 6) + OTHER_EPOCH + ANEW + tick("A", 2) + tick("C", 1))
    assert not client.faults
    # B, which the snapshot leaves out, is no more.
    assert not client.wrong({b"A": 2, b"C": 1})
    client.take(tick("A", 2))
    assert client.faults == ["A: q 2 after 2"]


@pytest.mark.parametrize("name", KINDS)
def test_q_must_not_begin_again_within_an_epoch(name: str) -> None:
    client = kind(name)
    client.take(OLD_START + tick("A", 6) + OTHER_EPOCH.replace(b"0b", b"0a") + BEHIND + tick("A", 2))
    assert client.faults == ["A: q 2 after 20"]


@pytest.mark.parametrize("client", [ResumingClient(EVERY_TICK), ResumingChecker(EVERY_TICK, Times())])
def test_a_return_to_another_epoch_begins_again(client: Client) -> None:
    assert isinstance(client, ResumingClient)
    client.take(OLD_START + tick("A", 6))
    client.cut()
    hello = (HELLO % b"reset").replace(b'"replayed"', b'"epoch":"0b0b0b0b0b0b","replayed"')
    client.take(HEAD + hello + ANEW + tick("A", 2))
    assert not client.faults
    assert not client.wrong({b"A": 2})


@pytest.mark.parametrize("name", KINDS)
def test_a_gap_without_a_snapshot_behind_it_is_wrong_and_proves_nobody(name: str) -> None:
    client = kind(name)
    client.take(START + tick("A", 6) + GAP)
    assert client.wrong({b"A": 6, b"B": 7}) == "received a gap and no snapshot behind it"
    client.take(BEHIND)
    assert not client.wrong({b"A": 20, b"B": 7})
    assert not client.regained


def test_a_checker_notices_a_loss_before_a_gap_and_in_symbols_that_its_snapshot_leaves_out() -> None:
    checker = Checker(EVERY_TICK, Times())
    checker.take(START + tick("A", 7) + GAP + BEHIND + tick("B", 9))
    assert checker.faults == ["A: q 7 after 5", "B: q 9 after 7"]


def test_each_gap_of_several_starts_again_and_a_snapshot_may_come_in_pieces() -> None:
    pieces = [
        b'event: snapshot\ndata: [{"S":"A","q":40,"t":1,"p":2}]\n\n',
        b'event: snapshot\ndata: [{"S":"B","q":50,"t":1,"p":2}]\nid: c50\n\n',
    ]
    client = after_gap("client", tick("A", 21) + GAP)
    for data in (pieces[0], pieces[1] + tick("B", 51), tick("A", 41)):
        client.take(data)
    assert client.gaps == 2
    assert not client.faults
    assert not client.wrong({b"A": 41, b"B": 51})


def test_a_newest_client_has_the_newest_ticks_from_the_snapshot_behind_a_gap() -> None:
    following = NewestClient(NEWEST_TICKS)
    following.take(START + tick("A", 9) + tick("B", 8) + GAP + BEHIND)
    assert following.behind({b"A": 20, b"B": 8}) == 0
    assert not following.wrong({b"A": 20, b"B": 8})
    following.take(tick("A", 19))
    assert following.faults == ["A: q 19 after 20"]


@pytest.mark.parametrize("client", [ResumingClient(EVERY_TICK), ResumingChecker(EVERY_TICK, Times())])
def test_a_return_that_resumed_nothing_counts_as_a_gap(client: Client) -> None:
    assert isinstance(client, ResumingClient)
    client.take(START + tick("A", 6))
    client.cut()
    client.take(HEAD + HELLO % b"reset" + SNAPSHOT.replace(b'"q":5', b'"q":9') + tick("A", 10))
    assert client.gaps == 1
    assert client.regained
    assert not client.wrong({b"A": 10, b"B": 7})


def test_a_load_tells_how_many_are_proved_and_from_where() -> None:
    mine, theirs = Pipe()
    load = LoadProcess(theirs, LoadOptions(1, [b"/"] * 4, EVERY_TICK, 0))
    for number, client in enumerate(load._clients):
        client.take(START + tick("A", 6) + (GAP + BEHIND) * (number > 0) + tick("A", 21) * (number > 1))
    assert load.proof() == Proof(4, 1, 2)
    # A client with a gap is not left out: it must reach the same ticks as the others.
    assert load.prove({b"A": 22, b"B": 7})[1:] == [
        f"client {number} is not at the newest in 1 symbols" for number in (1, 2, 3)
    ]
    mine.close()
    theirs.close()


@pytest.mark.parametrize("proof", [Proof(4, 0, 1), Proof(4, 4, 0), Proof(0, 0, 0), Proof(4, 0, 0)])
def test_a_run_in_which_nobody_was_proved_fails(proof: Proof, monkeypatch: pytest.MonkeyPatch) -> None:
    class Faultless:
        """A load, a feeder and a stack without faults."""

        redis_url = ""

        def stop(self) -> None: ...

        def totals(self) -> Any:
            return type("Totals", (), {"faults": []})

        def prove(self, newest: dict[str, int]) -> list[str]:
            return []

        def proof(self) -> Proof:
            return proof

    monkeypatch.setattr("tickcast.bench.redis_link.newest", lambda url: {})
    faultless: Any = Faultless()
    if proof != Proof(4, 0, 0):
        assert trial.prove(faultless, faultless, faultless) == proof
        return
    with pytest.raises(UserError, match="all 4 clients received a gap"):
        trial.prove(faultless, faultless, faultless)
