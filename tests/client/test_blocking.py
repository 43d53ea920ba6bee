"""tickcast.BlockingPublisher: without an event loop, over threads, forks and the end of the program."""

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import redis

import tickcast
from tests.cli.program import clean_environment
from tests.support.ports import free_port
from tickcast.wire.inbox import Entry, decode_entry
from tickcast.wire.names import MAIN as names


@pytest.fixture
def client(valkey_url: str) -> Iterator[Any]:
    """A feed of one partition in an empty Valkey."""
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(names.meta(0), mapping={"partitions": 1, "case": "upper"})
        yield client


def entries(client: Any) -> list[Entry]:
    return [decode_entry(fields, 1) for _, fields in client.xrange(names.inbox(0))]


def prices(client: Any) -> list[str]:
    return [tick.price for entry in entries(client) for tick, _ in entry.ticks]


def run(code: str, url: str, head: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a program that has a publisher `p` in its main module."""
    program = f"{head}\nimport os, tickcast\np = tickcast.BlockingPublisher(by='desk')\n{code}"
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program],
        env=clean_environment(REDIS_URL=url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_kind_of_line_is_handed_in_in_order(client: Any, valkey_url: str) -> None:
    with tickcast.BlockingPublisher(valkey_url) as publisher:
        publisher.describe("aapl", name="Apple")
        publisher.publish("aapl", price="1.50", size=2)
        publisher.state("aapl", "halted")
        publisher.publish_many({"symbol": "aapl", "price": price} for price in range(600))
        publisher.flush()
        assert prices(client) == ["1.50", *map(str, range(600))]
        publisher.retire("aapl")
    found = entries(client)
    assert [each.name for entry in found for each, _ in entry.descriptions] == ["Apple"]
    assert [each.state for entry in found for each, _ in entry.states] == ["halted"]
    assert [symbol for entry in found for symbol, _ in entry.retired] == ["AAPL"]
    assert len({entry.by for entry in found}) == 1


def test_errors_come_at_the_call(client: Any, valkey_url: str) -> None:
    with tickcast.BlockingPublisher(valkey_url) as publisher:
        with pytest.raises(tickcast.FieldError, match=r"^price: 'x'"):
            publisher.publish("AAPL", price="x")
        with pytest.raises(tickcast.FieldError, match=r"^\[1\] price: 'x'"):
            publisher.publish_many([{"symbol": "AAPL", "price": price} for price in (1, "x", 2)])
        publisher.flush()
        assert prices(client) == ["1"]
        client.delete(names.inbox(0))
        client.set(names.inbox(0), "mine")
        publisher.publish("AAPL", price=2)
        with pytest.raises(tickcast.PublishError, match="is a string"):
            publisher.flush()
        client.delete(names.inbox(0))
    assert prices(client) == ["2"]
    with pytest.raises(tickcast.PublishError, match="closed"):
        publisher.publish("AAPL", price=3)
    publisher.close()


def test_several_threads_may_publish(client: Any, valkey_url: str) -> None:
    with tickcast.BlockingPublisher(valkey_url) as publisher:

        def work(symbol: str) -> None:
            for price in range(100):
                publisher.publish(symbol, price=price)

        threads = [threading.Thread(target=work, args=(symbol,)) for symbol in "ABCD"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found: dict[str, list[int]] = {}
    for entry in entries(client):
        for tick, _ in entry.ticks:
            found.setdefault(tick.symbol, []).append(int(tick.price))
    assert found == {symbol: list(range(100)) for symbol in "ABCD"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_end_of_the_program_hands_in_what_waits(client: Any, valkey_url: str, host: str) -> None:
    done = run(
        "for price in range(1000): p.publish('AAPL', price=price)", valkey_url.replace("127.0.0.1", host)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert prices(client) == [str(price) for price in range(1000)]


def test_the_end_of_a_program_without_redis_says_what_is_lost_and_comes_soon() -> None:
    done = run(
        "p.publish('AAPL', price=1)",
        f"redis://127.0.0.1:{free_port()}",
        "import tickcast.client.publisher as module\nmodule.CLOSE_SECONDS = 0.2",
    )
    assert done.returncode == 0
    assert "prices are lost at the end of the program: 1 lines are not taken after 0.2 s" in done.stderr


@pytest.mark.parametrize("before", ["p.publish('A', price=1); p.flush()", "p.publish('A', price=1)", ""])
def test_a_forked_child_is_a_producer_of_its_own(client: Any, valkey_url: str, before: str) -> None:
    done = run(
        f"""{before}
child = os.fork()
p.publish('A', price=2 if child else 3)
if child:
    assert os.waitpid(child, 0)[1] == 0
    p.publish('A', price=4)
""",
        valkey_url,
    )
    assert (done.returncode, done.stderr) == (0, "")
    by_producer: dict[str, list[str]] = {}
    for entry in entries(client):
        by_producer.setdefault(entry.by, []).extend(tick.price for tick, _ in entry.ticks)
    assert sorted(by_producer.values()) == [["1"] * bool(before) + ["2", "4"], ["3"]]


def test_what_publish_has_taken_while_another_thread_closes_is_handed_in(
    client: Any, valkey_url: str
) -> None:
    for _ in range(5):
        client.delete(names.inbox(0))
        publisher = tickcast.BlockingPublisher(valkey_url)
        taken: list[str] = []
        begun = threading.Event()
        thread = threading.Thread(target=publish_until_closed, args=(publisher, taken, begun))
        thread.start()
        assert begun.wait(30)
        publisher.close()
        thread.join()
        assert prices(client) == taken


def publish_until_closed(
    publisher: tickcast.BlockingPublisher, taken: list[str], begun: threading.Event
) -> None:
    """Note each price that is taken; set `begun` after a hundred."""
    for price in itertools.count(1):
        try:
            publisher.publish("AAPL", price=price)
        except tickcast.PublishError:
            return
        taken.append(str(price))
        if price > 100:
            begun.set()
