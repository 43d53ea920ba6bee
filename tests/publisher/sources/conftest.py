"""Kafka for tests: as much as the source needs, or a broker where this machine has one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.support.fake_kafka import FakeKafka
from tests.support.kafka import RealKafka


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKafka]:
    """A broker that runs."""
    broker = RealKafka(tmp_path_factory.mktemp("kafka"))
    try:
        broker.run()
        yield broker
    finally:
        broker.kill()


@pytest.fixture(params=["fake", "real"])
def cluster(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeKafka | RealKafka]:
    """Each of the two in turn."""
    monkeypatch.setattr("tickcast.publisher.sources.kafka_link.RETRY", 0.1)
    monkeypatch.setattr("tickcast.publisher.sources.kafka_link.CHECK", 0.1)
    monkeypatch.setattr("tickcast.publisher.sources.kafka_link.PATIENCE", 2.0)
    monkeypatch.setattr("tickcast.publisher.sources.kafka.SETTLE", 0.1)
    if request.param == "real":
        yield request.getfixturevalue("broker")
        return
    fake = FakeKafka(monkeypatch)
    yield fake
    assert fake.open == 0


@pytest.fixture
def topic() -> str:
    """A name of its own for each test."""
    return f"prices-{uuid4().hex[:8]}"
