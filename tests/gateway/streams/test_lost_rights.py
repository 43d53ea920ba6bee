"""Streams without right end: at once when a grant expires or is revoked, without looking at all in vain."""

import time
from functools import partial

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.access.grant import Grant
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.streams import lost_rights
from tickcast.gateway.streams.lost_rights import LostRights
from tickcast.gateway.streams.resume import Resume

LATER = time.time() + 3600


@pytest.fixture
async def resume(market: Market) -> Resume:
    market.tick("A")
    return market.resume()


@pytest.fixture
async def lost(resume: Resume) -> LostRights:
    return LostRights(resume._lifecycle.registry, resume.closing)


def come(resume: Resume, subject: str, expires: float | None = LATER) -> MemorySubscriber:
    """Return a stream with a grant."""
    subscriber = MemorySubscriber()
    grant = Grant(subject, ("*",), expires=expires)
    resume.open(subscriber, StreamRequest(key("A"), True, "", grant=grant))
    return subscriber


async def test_streams_end_when_their_grants_expire_and_others_stay(
    resume: Resume, lost: LostRights, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon, later, never = come(resume, "soon", LATER - 60), come(resume, "later"), come(resume, "never", None)
    await lost.look()
    assert all(each.state is not State.CLOSED for each in (soon, later, never))
    monkeypatch.setattr(time, "time", lambda: LATER - 60)
    await lost.look()
    assert soon.names()[-1] == "bye"
    assert [each.state is State.CLOSED for each in (soon, later, never)] == [True, False, False]
    monkeypatch.setattr(time, "time", lambda: LATER)
    await lost.look()
    assert [each.state is State.CLOSED for each in (soon, later, never)] == [True, True, False]
    assert resume.closing.byes["expired"] == 2


async def test_a_renewed_stream_ends_when_its_new_grant_does(
    resume: Resume, lost: LostRights, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = resume._lifecycle.registry
    longer, shorter = come(resume, "a"), come(resume, "b")
    await lost.look()
    registry.renew(longer, Grant("a", ("*",), expires=LATER + 60))
    registry.renew(shorter, Grant("b", ("*",), expires=LATER - 60))
    await lost.look()
    monkeypatch.setattr(time, "time", lambda: LATER - 60)
    await lost.look()
    assert [each.state is State.CLOSED for each in (longer, shorter)] == [False, True]
    monkeypatch.setattr(time, "time", lambda: LATER + 1)
    await lost.look()
    assert longer.state is not State.CLOSED


async def test_all_are_judged_again_only_when_proofs_change(resume: Resume, lost: LostRights) -> None:
    proofs, revoked = [0], set[str]()
    lost.proofs, lost.is_proved = lambda: proofs[0], lambda grant: grant.subject not in revoked
    streams = [come(resume, f"s{number}") for number in range(50)]
    await lost.look()
    assert lost.judged == 50
    for _ in range(10):
        await lost.look()
    assert lost.judged == 50
    # One that was let in before, and registered after its subject was revoked.
    revoked.add("late")
    late = come(resume, "late")
    await lost.look()
    assert (lost.judged, late.state) == (51, State.CLOSED)
    revoked.add("s7")
    proofs[0] += 1
    await lost.look()
    assert [each.state is State.CLOSED for each in streams] == [number == 7 for number in range(50)]
    assert resume.closing.byes["revoked"] == 2


async def test_what_waits_in_a_full_buffer_is_not_sent_any_more(resume: Resume, lost: LostRights) -> None:
    client = come(resume, "a")
    client.full = True
    lost.is_proved = lambda grant: False
    await lost.look()
    assert client.state is State.CLOSED
    assert "bye" not in client.names()
    assert client.ended == "aborted"


async def test_many_streams_end_in_slices(
    resume: Resume, lost: LostRights, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1

    for number in range(100):
        come(resume, f"s{number}")
    lost.is_proved = lambda grant: False
    monkeypatch.setattr(lost._slices, "step", step)
    await lost.look()
    assert (steps, resume.closing.byes["revoked"]) == (100, 100)


async def test_when_some_expire_the_others_are_not_looked_at(
    resume: Resume, lost: LostRights, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [come(resume, f"s{number}", LATER + number) for number in range(100)]
    await lost.look()
    for number in range(10):
        judged = lost.judged
        monkeypatch.setattr(time, "time", partial(float, LATER + number))
        await lost.look()
        assert lost.judged == judged + 1
        assert [each.state is State.CLOSED for each in streams] == [each <= number for each in range(100)]


async def test_streams_that_have_ended_are_forgotten(
    resume: Resume, lost: LostRights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_rights, "SPARE", 10)
    stays = come(resume, "stays", LATER + 1)
    for number in range(100):
        client = come(resume, f"s{number}")
        await lost.look()
        resume._lifecycle.registry.renew(stays, Grant("stays", ("*",), expires=LATER + 1 + number))
        await lost.look()
        client.lost()
    assert len(lost._expiring) <= 20
    monkeypatch.setattr(time, "time", lambda: LATER + 99)
    await lost.look()
    assert stays.state is not State.CLOSED
    monkeypatch.setattr(time, "time", lambda: LATER + 100)
    await lost.look()
    assert stays.state is State.CLOSED
