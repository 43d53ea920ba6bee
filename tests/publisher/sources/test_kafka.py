"""The `kafka` source: what it reads, keeps and says, with a broker where there is one."""

import asyncio

import pytest
from aiokafka.errors import CommitFailedError, GroupAuthorizationFailedError, KafkaError
from structlog.testing import capture_logs

from tests.publisher.sources.kafka_reading import AGAIN, LISTENING, TROUBLE, Reading, line, said
from tests.support.eventually import eventually
from tests.support.fake_kafka import FakeKafka
from tests.support.kafka import RealKafka
from tests.support.ports import free_port
from tests.support.ticks import DAY
from tickcast.publisher.source import SourceOptions
from tickcast.publisher.sources.kafka import kafka
from tickcast.publisher.sources.kafka_counts import DELETED, LAG
from tickcast.wire.inbox import Description
from tickcast.wire.tick import Tick

Cluster = FakeKafka | RealKafka


def reading(cluster: Cluster, topic: str, *, taken: bool = True, **options: str) -> Reading:
    return Reading(taken, kafka_servers=cluster.servers, kafka_topic=topic, kafka_group=topic, **options)


async def test_lines_of_messages_come_in_order_and_bad_ones_are_told(cluster: Cluster, topic: str) -> None:
    await cluster.create(topic)
    with capture_logs() as logs:
        source = reading(cluster, topic)
        await eventually(lambda: said(logs, LISTENING, topic=topic, partitions=1))
        await cluster.send(
            topic,
            line(1) + b"\n" + line(2),
            b'{"S":"AAPL","name":"Apple"}\n',
            None,
            b"nonsense\r\n" + line(4) + b"\r\n",
        )
        await eventually(lambda: len(source.items) == 4)
        await source.end()
    tick = Tick("AAPL", DAY, "1.50")
    ticks = [tick._replace(time=DAY + number) for number in (1, 2, 4)]
    assert source.items == [*ticks[:2], Description("AAPL", "Apple"), ticks[2]]
    assert [log["line"] for log in logs if log["event"] == "malformed line skipped"] == [4]
    assert not said(logs, TROUBLE)


@pytest.mark.parametrize(("start", "first"), [("newest", 2), ("oldest", 1), ("live", 2)])
async def test_a_topic_that_was_never_read_is_read_from_where_the_start_says(
    cluster: Cluster, topic: str, start: str, first: int
) -> None:
    await cluster.create(topic)
    await cluster.send(topic, line(1))
    with capture_logs() as logs:
        source = reading(cluster, topic, kafka_start=start)
        await eventually(lambda: said(logs, LISTENING))
        await cluster.send(topic, line(2))
        await eventually(lambda: 2 in source.numbers)
        await source.end()
    assert source.numbers == list(range(first, 3))


async def test_the_next_term_goes_on_with_what_redis_did_not_have(cluster: Cluster, topic: str) -> None:
    await cluster.create(topic, 2)
    with capture_logs() as logs:
        first = reading(cluster, topic, taken=False)
        await eventually(lambda: said(logs, LISTENING, partitions=2))
        for number in range(1, 4):
            await cluster.send(topic, line(number))
            await eventually(lambda number=number: first.lists == number)
        first.source.written(2)

        async def kept() -> bool:
            return await cluster.position(topic, topic) == 2

        await eventually(kept)
        # Nobody listens now.
        await first.end()
        await cluster.send(topic, line(4))
        await cluster.send(topic, line(5), partition=1)
        second = reading(cluster, topic)
        await eventually(lambda: len(second.items) == 3)
        await second.end()
    assert sorted(second.numbers) == [3, 4, 5]
    # What Redis had at the end is kept at the end.
    assert [await cluster.position(topic, topic, each) for each in (0, 1)] == [4, 1]


async def test_the_start_live_keeps_nothing_and_leaves_out_what_nobody_heard(
    cluster: Cluster, topic: str
) -> None:
    await cluster.create(topic)
    for number in (1, 3):
        with capture_logs() as logs:
            source = reading(cluster, topic, kafka_start="live")
            await eventually(lambda logs=logs: said(logs, LISTENING))
            await cluster.send(topic, line(number))
            await eventually(lambda source=source: source.lists == 1)
            await source.end()
        assert source.numbers == [number]
        await cluster.send(topic, line(number + 1))
    assert await cluster.position(topic, topic) is None


async def test_the_end_waits_until_redis_has_what_was_read(
    cluster: Cluster, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.kafka.SETTLE", 30.0)
    await cluster.create(topic)
    source = reading(cluster, topic, taken=False, kafka_start="oldest")
    await cluster.send(topic, line(1), line(2))
    await eventually(lambda: len(source.items) == 2)
    source.task.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not source.task.done()
    source.source.written(source.lists)
    await asyncio.wait({source.task})
    assert await cluster.position(topic, topic) == 2


async def test_it_waits_for_the_topic(cluster: Cluster, topic: str) -> None:
    with capture_logs() as logs:
        source = reading(cluster, topic, kafka_start="oldest")
        await eventually(lambda: said(logs, TROUBLE))
        await cluster.create(topic)
        await cluster.send(topic, line(1))
        await eventually(lambda: source.numbers == [1])
        await source.end()
    assert said(logs, TROUBLE, error=f"there is no topic {topic}, or this user may not see it")
    assert said(logs, AGAIN)


async def test_it_goes_on_after_an_outage_with_nothing_twice_and_nothing_lost(
    cluster: Cluster, topic: str
) -> None:
    await cluster.create(topic)
    with capture_logs() as logs:
        source = reading(cluster, topic, kafka_start="oldest")
        await cluster.send(topic, line(1))
        await eventually(lambda: source.numbers == [1])
        await cluster.stop()
        await eventually(lambda: said(logs, TROUBLE))
        await cluster.start()
        await cluster.send(topic, line(2))
        await eventually(lambda: 2 in source.numbers)
        await eventually(lambda: said(logs, AGAIN))
        await source.end()
    assert source.numbers == [1, 2]
    # It is not told again and again.
    assert len([log for log in logs if log["event"] == TROUBLE]) < 5


async def test_a_partition_that_is_added_is_read_from_its_beginning(cluster: Cluster, topic: str) -> None:
    await cluster.create(topic)
    with capture_logs() as logs:
        source = reading(cluster, topic)
        await eventually(lambda: said(logs, LISTENING, partitions=1))
        await cluster.add_partition(topic)
        await cluster.send(topic, line(1), partition=1)
        await cluster.send(topic, line(2))
        await eventually(lambda: len(source.items) == 2)
        await source.end()
    assert sorted(source.numbers) == [1, 2]
    assert said(logs, LISTENING, partitions=2)
    assert not said(logs, TROUBLE)


async def test_messages_that_were_deleted_before_they_were_read_are_counted_and_told(
    cluster: Cluster, topic: str
) -> None:
    await cluster.create(topic)
    first = reading(cluster, topic, kafka_start="oldest")
    await cluster.send(topic, line(0))
    await eventually(lambda: first.lists == 1)
    await first.end()
    await cluster.send(topic, *map(line, range(1, 10)))
    await cluster.delete(topic, before=8)
    before = DELETED._value.get()
    with capture_logs() as logs:
        second = reading(cluster, topic)
        await eventually(lambda: len(second.items) == 2)
        await second.end()
    assert second.numbers == [8, 9]
    assert said(logs, "messages of kafka were deleted before they were read", partition=0, messages=7)
    assert DELETED._value.get() == before + 7


async def test_it_takes_no_more_than_is_taken_from_it_and_tells_the_lag(cluster: Cluster, topic: str) -> None:
    await cluster.create(topic)
    await cluster.send(topic, *map(line, range(2_500)))
    lists = kafka(
        SourceOptions(
            kafka_servers=cluster.servers, kafka_topic=topic, kafka_group=topic, kafka_start="oldest"
        )
    )
    found = aiter(lists)
    assert len(await anext(found)) == 1_000
    await eventually(lambda: LAG._value.get() == 1_500)
    assert [len(await anext(found)) for _ in range(2)] == [1_000, 500]
    await found.aclose()  # type: ignore[attr-defined]
    assert LAG._value.get() == 0


# What a broker does only where somebody breaks it.


@pytest.mark.parametrize("cluster", ["fake"], indirect=True)
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CommitFailedError(), "other consumers are in the group GROUP: set TICKCAST_KAFKA_GROUP to a name"),
        (GroupAuthorizationFailedError(), "this user may not use the group GROUP: set TICKCAST_KAFKA_GROUP"),
    ],
)
async def test_it_reads_on_where_positions_cannot_be_kept_and_tells_it_once(
    cluster: FakeKafka, topic: str, error: KafkaError, says: str
) -> None:
    await cluster.create(topic)
    cluster.refuses_to_keep = error
    with capture_logs() as logs:
        source = reading(cluster, topic)
        await eventually(lambda: said(logs, TROUBLE))
        for number in range(5):
            await cluster.send(topic, line(number))
            await eventually(lambda number=number: source.lists == number + 1)
        await source.end()
    told = [log["error"] for log in logs if log["event"] == TROUBLE]
    assert len(told) == 1
    assert told[0].startswith(says.replace("GROUP", topic, 1))
    assert said(logs, "the positions in kafka were not kept; the newest messages will be published again")


@pytest.mark.parametrize("cluster", ["fake"], indirect=True)
async def test_a_topic_that_is_shorter_than_before_is_read_from_its_newest_message(
    cluster: FakeKafka, topic: str
) -> None:
    await cluster.create(topic)
    await cluster.send(topic, line(1))
    cluster.kept[topic, topic, 0] = 99
    with capture_logs() as logs:
        source = reading(cluster, topic, kafka_start="oldest")
        await eventually(lambda: said(logs, LISTENING))
        await cluster.send(topic, line(2))
        await eventually(lambda: source.numbers == [2])
        await source.end()
    assert said(
        logs,
        "kafka has lost messages, or its topic was made again; going on at its newest message",
        partition=0,
    )


@pytest.mark.parametrize("cluster", ["fake"], indirect=True)
async def test_positions_that_do_not_change_are_kept_again_before_kafka_forgets_them(
    cluster: FakeKafka, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.kafka_link.KEEP_AGAIN", 0.3)
    await cluster.create(topic)
    source = reading(cluster, topic)
    for _ in range(2):
        await eventually(lambda: cluster.kept.pop((topic, topic, 0), None) == 0)
    await source.end()


async def test_it_ends_at_once_while_no_broker_answers() -> None:
    port = free_port()
    with capture_logs() as logs:
        source = Reading(kafka_servers=f"127.0.0.1:{port}")
        await eventually(lambda: said(logs, TROUBLE))
        await asyncio.wait_for(source.end(), 10)
    [told] = [log["error"] for log in logs if log["event"] == TROUBLE]
    assert f'Unable connect to "127.0.0.1:{port}"' in told


@pytest.mark.parametrize("cluster", ["fake"], indirect=True)
async def test_positions_follow_lists_also_where_a_message_is_in_two(cluster: FakeKafka, topic: str) -> None:
    await cluster.create(topic)
    await cluster.send(topic, *(b"\n".join(map(line, range(300 * n, 300 * (n + 1)))) for n in range(10)))
    source = reading(cluster, topic, taken=False, kafka_start="oldest")
    await eventually(lambda: source.lists == 3)
    assert source.numbers == list(range(3_000))
    for lists, position in ((1, 3), (2, 6), (3, 10)):
        source.source.written(lists)

        async def kept(position: int = position) -> bool:
            return await cluster.position(topic, topic) == position

        await eventually(kept)
    await source.end()
