"""Finding the server of a key: asked of everybody at once, kept until forgotten."""

import asyncio
from typing import Any

import pytest

from tests.support.eventually import eventually
from tickcast.runtime.redis.address import Host, parse_redis_address
from tickcast.runtime.redis.errors import LinkRefusedError
from tickcast.runtime.redis.topology import Topology

ONE, TWO, THREE = Host("one", 1), Host("two", 2), Host("three", 3)


class Servers:
    """Answers by host; None hangs, an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def ask(self, host: Host, command: tuple[str, ...]) -> Any:
        self.asked.append(host.name)
        answer = self.answers[host.name]
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


def sentinels(**answers: Any) -> tuple[Topology, Servers]:
    servers = Servers(**answers)
    return Topology(parse_redis_address("sentinel://one:1,two:2/m"), servers.ask), servers


async def test_one_that_hangs_and_one_that_fails_hold_up_no_answer() -> None:
    for poor in (None, ConnectionError("gone"), []):
        topology, _ = sentinels(one=poor, two=[b"three", b"3"])
        assert await topology.holder("any") == THREE


async def test_an_answer_is_kept_until_it_is_forgotten() -> None:
    topology, servers = sentinels(one=[b"one", b"1"], two=None)
    assert [await topology.holder("any"), await topology.holder("other")] == [ONE, ONE]
    assert servers.asked.count("one") == 1
    servers.answers["one"] = [b"two", b"2"]
    topology.forget()
    assert await topology.holder("any") == TWO


async def test_many_who_ask_at_once_are_one_question() -> None:
    topology, servers = sentinels(one=[b"one", b"1"], two=None)
    assert set(await asyncio.gather(*(topology.holder(str(n)) for n in range(20)))) == {ONE}
    assert servers.asked.count("one") == 1


async def test_nobody_who_knows_is_a_failure_with_the_reason() -> None:
    topology, _ = sentinels(one=ConnectionError("one is gone"), two=[])
    with pytest.raises(ConnectionError, match=r"one is gone|knows no master 'm'"):
        await topology.holder("any")


async def test_a_host_that_refuses_the_login_does_not_hide_the_answer_of_another() -> None:
    topology, _ = sentinels(one=LinkRefusedError("wrong password"), two=[b"three", b"3"])
    assert await topology.holder("any") == THREE


async def test_a_refusal_is_the_reason_where_no_host_answers() -> None:
    topology, _ = sentinels(one=LinkRefusedError("wrong password"), two=ConnectionError("gone"))
    with pytest.raises(LinkRefusedError, match="wrong password"):
        await topology.holder("any")


async def test_a_cluster_is_found_again_when_the_nodes_of_the_address_are_gone() -> None:
    slots = [[0, 16383, [b"three", 3, b"id"]]]
    servers = Servers(one=slots, three=slots)
    topology = Topology(parse_redis_address("cluster://one:1"), servers.ask)
    assert await topology.holder("any") == THREE
    servers.answers["one"] = ConnectionError("gone")
    topology.forget()
    assert await topology.holder("any") == THREE


async def test_a_slot_that_nobody_holds_is_asked_for_again() -> None:
    servers = Servers(one=[])
    topology = Topology(parse_redis_address("cluster://one:1"), servers.ask)
    for _ in range(2):
        with pytest.raises(ConnectionError, match="no node of the cluster holds slot"):
            await topology.holder("any")
    assert servers.asked == ["one", "one"]


def three_sentinels() -> tuple[Topology, Servers]:
    servers = Servers(**{key: [b"old", b"1"] for key in ("one", "two", "three")})
    return Topology(parse_redis_address("sentinel://one:1,two:2,three:3/m"), servers.ask), servers


async def test_a_master_that_was_replaced_is_left_though_nothing_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tickcast.runtime.redis.topology.LOOK_AGAIN", -1.0)
    topology, servers = three_sentinels()
    assert await topology.holder("key") == Host("old", 1)
    servers.answers["one"] = servers.answers["two"] = [b"new", b"2"]

    async def moved() -> bool:
        return await topology.holder("key") == Host("new", 2)

    await eventually(moved)
    assert topology.learned == 2
    # One that is late does not lead back.
    for _ in range(5):
        assert await topology.holder("key") == Host("new", 2)
        await asyncio.sleep(0)
    await topology.close()


async def test_one_sentinel_of_three_does_not_move_the_master(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.runtime.redis.topology.LOOK_AGAIN", -1.0)
    topology, servers = three_sentinels()
    await topology.holder("key")
    servers.answers["three"] = [b"other", b"3"]
    asked = len(servers.asked)
    await topology.holder("key")
    await eventually(lambda: len(servers.asked) >= asked + 3)
    await asyncio.sleep(0)
    assert await topology.holder("key") == Host("old", 1)
    await topology.close()
