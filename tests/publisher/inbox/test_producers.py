"""Producers are remembered up to a bound, and named by metrics up to another."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tickcast.publisher.broker import Broker
from tickcast.publisher.inbox.producers import Producers
from tickcast.publisher.inbox.step import Counts, InboxStep, merged_steps
from tickcast.publisher.metrics import PublisherCollector
from tickcast.publisher.stats import ALL, NAMED, OTHERS, Stats
from tickcast.wire.producer import Producer, decode_producer, encode_producer


def test_the_longest_silent_producer_is_forgotten_for_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.publisher.inbox.producers.MAX_PRODUCERS", 3)
    producers, step = Producers(), InboxStep("9-0")
    stored = {b"a": Producer(1, (5, 0)), b"b": Producer(2, (3, 0)), b"c": Producer(3, (4, 1))}
    producers.restore({name: encode_producer(each) for name, each in stored.items()})
    producers.record(step, "b", 8, (9, 0), Counts(taken=2))
    producers.record(step, "d", None, (9, 1), Counts(taken=1))
    assert set(producers.held) == {"a", "b", "d"}
    assert step.forgotten == {"c"}
    assert step.producers == {"b": Producer(8, (9, 0), 2), "d": Producer(None, (9, 1), 1)}
    assert producers.has_taken("b", 8)
    assert not producers.has_taken("b", 9)
    assert not producers.has_taken("c", 1)


def test_a_text_that_is_no_producer_is_ignored() -> None:
    producers = Producers()
    producers.restore(
        {b"a": b"1 2 3", b"\xff": encode_producer(Producer()), b"b": encode_producer(Producer(4))}
    )
    assert dict(producers.held) == {"b": Producer(4)}
    with pytest.raises(ValueError, match="not a producer"):
        decode_producer(b"1 2 3")


def test_merged_steps_leave_what_each_of_them_would() -> None:
    first = InboxStep("1-0", {"a": Producer(1)}, {b"all": 5}, {"x"}, [b"1"], {"a": Counts(1, 2, 3)})
    second = InboxStep("2-0", {"x": Producer(2)}, {b"all": 7, b"by x": 7}, {"a"}, [b"2"], {"a": Counts(1)})
    assert merged_steps([first, second]) == InboxStep(
        "2-0",
        {"x": Producer(2)},
        {b"all": 12, b"by x": 7},
        {"a"},
        [b"1", b"2"],
        {"a": Counts(2, 2, 3)},
    )
    assert first.position == "1-0"
    assert merged_steps([]) is None


async def test_metrics_name_the_first_producers_and_count_the_rest_as_one() -> None:
    stats, broker = Stats(), Broker("redis://127.0.0.1:1")
    stats.producers.add({f"p{n}": Counts(taken=n, refused=1) for n in range(NAMED)})
    stats.producers.add(
        {"late": Counts(taken=5, repeated=2), "later": Counts(taken=6), "p1": Counts(taken=9)}
    )
    stats.producers.waiting = {0: {ALL: 30, "p1": 20}, 1: {ALL: 4, "p1": 4}}
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PublisherCollector(stats, broker))
    text = generate_latest(registry).decode()
    await broker.close()
    prefix = "tickcast_publisher_inbox"
    assert f'{prefix}_lines_total{{producer="p1",result="taken"}} 10.0' in text
    assert f'{prefix}_lines_total{{producer="{OTHERS}",result="taken"}} 11.0' in text
    assert f'{prefix}_repeated_total{{producer="{OTHERS}"}} 2.0' in text
    assert f'{prefix}_bytes{{producer="{ALL}"}} 34.0' in text
    assert f'{prefix}_bytes{{producer="p1"}} 24.0' in text
    assert text.count('result="refused"') == NAMED + 1
