"""`tickcast symbols`, beside a publisher that leads."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.program import tickcast
from tests.publisher.conftest import Publishing, client, publishing, valkey
from tests.support.eventually import eventually
from tickcast.wire.names import MAIN as names

__all__ = ["client", "publishing", "valkey"]


async def run(url: str, *arguments: str) -> Any:
    """Run `tickcast symbols` to its end."""
    return await asyncio.to_thread(tickcast, "symbols", *arguments, TICKCAST_REDIS_URL=url)


async def test_symbols_are_listed_described_and_retired_while_a_publisher_leads(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    publisher = publishing(valkey_url, partitions=2)
    for symbol in ("AAPL", "MSFT"):
        publisher.feed(symbol, "1.50")
    await eventually(lambda: publisher.stats.ticks == 2)
    done = await run(
        valkey_url, "describe", "aapl", "--name", "Apple “é”", "--currency", "USD", "--reference", "1.25"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "described aapl\n", "")
    listed = [json.loads(line) for line in (await run(valkey_url)).stdout.splitlines()]
    assert [each["S"] for each in listed] == ["AAPL", "MSFT"]
    assert {**listed[0], "t": 0} == {
        "S": "AAPL", "name": "Apple “é”", "tick": 0.01, "ref": 1.25, "ccy": "USD", "p": 1.5, "q": 1, "t": 0,
    }  # fmt: skip
    done = await run(valkey_url, "retire", "MSFT", "AAPL")
    assert (done.returncode, done.stdout) == (0, "retired MSFT, AAPL\n")
    assert not await valkey.exists(names.last(0), names.last(1))
    assert (await run(valkey_url, "list")).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("retire", "NOBODY"), 1, "the feed main has no symbol NOBODY; `tickcast symbols` lists them"),
        (("retire", "no*symbol"), 2, "not a symbol: 'no*symbol'"),
        (("describe", "A"), 2, "nothing to change: name --name, --currency, --tick or --reference"),
        (("describe", "A", "--tick", "x"), 2, "--tick: 'x' is not a number"),
        (("describe", "A", "--tick", "1e-21"), 2, "--tick: 1e-21 has more than 20 decimal places"),
        (("describe", "A", "--reference", "1e308"), 2, "--reference: 1e308 is 1e18 or more"),
        (("describe", "..", "--name", "x"), 2, "at either end, and not . or .."),
        (("describe", "A", "--name", "x" * 129), 2, "--name: at most 128 printable characters"),
    ],
)
async def test_what_will_not_do_is_one_line(
    valkey_url: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = await run(valkey_url, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert said in done.stderr


async def test_an_order_without_a_leader_waits_for_the_next_one(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    await valkey.hset(names.last(0), "AAPL", '{"S":"AAPL","q":1,"t":1,"p":1}')
    done = await run(valkey_url, "retire", "AAPL", "--wait", "0")
    assert done.returncode == 1
    assert "no publisher has obeyed within 0 s; the order stays, for the next one that leads" in done.stderr
    publishing(valkey_url)

    async def is_gone() -> bool:
        return not await valkey.exists(names.last(0)) and not await valkey.xlen(names.orders(0))

    await eventually(is_gone)
