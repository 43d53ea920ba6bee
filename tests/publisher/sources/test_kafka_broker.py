"""The `kafka` source with a broker, where there is one: what no imitation of it can show."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from structlog.testing import capture_logs

from tests.publisher.conftest import read_log
from tests.publisher.sources.kafka_reading import AGAIN, LISTENING, TROUBLE, Reading, line, said
from tests.support.eventually import eventually
from tests.support.kafka import PASSWORD, RealKafka
from tests.support.ports import free_port
from tests.support.programs import running_publisher
from tests.support.servers import PrivateValkey
from tests.support.ticks import DAY
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import decode_tick


@pytest.mark.parametrize("packed", ["gzip", "snappy", "lz4", "zstd"])
async def test_packed_messages_are_read(broker: RealKafka, topic: str, packed: str) -> None:
    await broker.create(topic)
    await broker.send(topic, *map(line, range(100)), packed=packed)
    source = Reading(kafka_servers=broker.servers, kafka_topic=topic, kafka_start="oldest")
    await eventually(lambda: len(source.items) == 100)
    await source.end()
    assert source.numbers == list(range(100))


async def test_messages_of_transactions_are_read_when_they_are_committed(
    broker: RealKafka, topic: str
) -> None:
    await broker.create(topic)
    source = Reading(kafka_servers=broker.servers, kafka_topic=topic, kafka_start="oldest")
    producer = AIOKafkaProducer(bootstrap_servers=broker.servers, transactional_id=topic)
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, line(1))
        await producer.abort_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(topic, line(2))
        await producer.commit_transaction()
        await eventually(lambda: source.numbers == [2])
    finally:
        await producer.stop()
        await source.end()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_it_connects_with_tls_and_a_password_and_shows_that_nowhere(
    broker: RealKafka, topic: str, tmp_path: Path, mechanism: str
) -> None:
    await broker.create(topic)

    def secured(password: str) -> Reading:
        file = tmp_path / "security"
        file.write_text(
            f"security.protocol=SASL_SSL\nsasl.mechanism={mechanism}\nsasl.username=feed\n"
            f"sasl.password={password}\nssl.ca.location={broker.certificate}\n"
        )
        return Reading(kafka_servers=broker.secure, kafka_topic=topic, kafka_security_file=file)

    with capture_logs() as logs:
        wrong = secured("wrong-one")
        await eventually(lambda: said(logs, TROUBLE))
        await wrong.end()
        right = secured(PASSWORD)
        await eventually(lambda: said(logs, LISTENING))
        await broker.send(topic, line(1))
        await eventually(lambda: right.numbers == [1])
        await right.end()
    [told] = [log["error"] for log in logs if log["event"] == TROUBLE]
    assert "uthentication" in told
    assert "-one" not in str(logs)


async def test_a_broker_whose_certificate_is_not_trusted_is_told(
    broker: RealKafka, topic: str, tmp_path: Path
) -> None:
    file = tmp_path / "security"
    file.write_text("security.protocol=SSL\n")
    with capture_logs() as logs:
        source = Reading(kafka_servers=broker.secure, kafka_topic=topic, kafka_security_file=file)
        await eventually(lambda: said(logs, TROUBLE))
        await source.end()
    assert any("certificate verify failed" in log.get("error", "") for log in logs)


async def test_it_reads_also_in_a_group_of_other_consumers_and_says_so(broker: RealKafka, topic: str) -> None:
    await broker.create(topic)
    other = AIOKafkaConsumer(topic, bootstrap_servers=broker.servers, group_id=topic)
    await other.start()
    try:
        with capture_logs() as logs:
            source = Reading(kafka_servers=broker.servers, kafka_topic=topic, kafka_group=topic)
            await eventually(lambda: said(logs, TROUBLE))
            await broker.send(topic, line(1))
            await eventually(lambda: source.numbers == [1])
            await source.end()
    finally:
        await other.stop()
    [told] = [log["error"] for log in logs if log["event"] == TROUBLE]
    assert told.startswith(f"other consumers are in the group {topic}: set TICKCAST_KAFKA_GROUP")
    assert not said(logs, AGAIN)


async def numbers(client: Any) -> list[int]:
    """Return the numbers of all lines that Redis has, in the order of the log."""
    ticks = [tick for batch in await read_log(client) for tick in batch.ticks]
    return [decode_tick(json)[0].time - DAY for _, json in ticks]


async def test_nothing_is_lost_when_a_publisher_is_killed_that_has_read_what_redis_did_not_take(
    broker: RealKafka, topic: str
) -> None:
    await broker.create(topic, 2)
    port = free_port()
    settings = {"kafka_servers": broker.servers, "kafka_topic": topic, "kafka_start": "oldest", "lease": 5}
    settings |= {"source": "kafka", "retention": 3600, "metrics_port": port}

    async def all_pending() -> bool:
        async with httpx2.AsyncClient(trust_env=False) as http:
            metrics = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
        return "\ntickcast_publisher_pending 100.0\n" in metrics

    async def has(url: str, found: range) -> bool:
        async with redis.asyncio.Redis.from_url(url) as client:
            return await numbers(client) == list(found)

    with PrivateValkey(appendonly="yes") as valkey:
        async with running_publisher(valkey.url, **settings) as publisher:
            await broker.send(topic, *map(line, range(0, 100)))
            await eventually(lambda: has(valkey.url, range(100)))
            valkey.pause()
            await broker.send(topic, *map(line, range(100, 200)), partition=1)
            await eventually(all_pending)
            # The check that finds another partition keeps positions first.
            await broker.add_partition(topic)
            await eventually(lambda: re.search(r"listening to kafka .*partitions=3", publisher.output()))
            publisher.signal(signal.SIGKILL)
        # What is on its way to Redis is gone too. A Redis that was killed gets a new log.
        valkey.restart()
        async with running_publisher(valkey.url, **settings):
            await eventually(lambda: has(valkey.url, range(100, 200)))


@pytest.mark.timeout(300)  # four publishers start, while messages are sent as fast as they go
async def test_publishers_that_are_stopped_while_they_are_busy_publish_each_tick_once(
    broker: RealKafka, topic: str, valkey_url: str
) -> None:
    await broker.create(topic)
    sent, enough = 0, asyncio.Event()

    async def send(messages: int) -> None:
        nonlocal sent
        begins = range(sent, sent + 100 * messages, 100)
        await broker.send(topic, *(b"\n".join(map(line, range(each, each + 100))) for each in begins))
        sent += 100 * messages

    async def go_on() -> None:
        while not enough.is_set():
            await send(1)

    settings = {"source": "kafka", "kafka_servers": broker.servers, "kafka_topic": topic}
    settings |= {"kafka_start": "oldest", "retention": "3600", "bars": "false"}
    await send(500)
    sending = asyncio.create_task(go_on())
    async with redis.asyncio.Redis.from_url(valkey_url) as client:

        async def has(count: int) -> bool:
            return await published() >= count

        async def published() -> int:
            last = await client.hget(names.last(0), "AAPL")
            return 0 if last is None else decode_tick(last)[1] or 0

        for _ in range(3):
            before = await published()
            async with running_publisher(valkey_url, **settings):
                await eventually(lambda before=before: has(before + 1))
        enough.set()
        await sending
        async with running_publisher(valkey_url, **settings):
            await eventually(lambda: has(sent))
        assert await numbers(client) == list(range(sent))
