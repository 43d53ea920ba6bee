"""What Redis holds of the symbols, and orders that the leading publisher obeys (`publisher/orders.py`)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from tickcast.cli.redis_of import opened_redis
from tickcast.runtime.errors import UserError
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.settings import ProgramSettings
from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.decimals import is_decimal, number_fault
from tickcast.wire.exact_json import dump_ascii
from tickcast.wire.instrument import size_fault
from tickcast.wire.layout import LAYOUT_FIELDS, Layout, LayoutError, decode_layout
from tickcast.wire.names import FeedNames
from tickcast.wire.symbol import Case, SymbolError, parse_symbol, partition_of

TIMEOUT = 3.0
"""Seconds for an answer of Redis."""

LOOK = 0.2
"""Seconds between two looks whether an order is carried out."""

MAX_WAITING = 10_000
"""Orders of a partition that may wait for a leader, at most; the oldest ones go first."""


class Feed(NamedTuple):
    """A feed in Redis, and a connection to it."""

    client: RedisClient
    names: FeedNames
    partitions: int
    case: Case

    def home(self, symbol: str) -> int:
        """Return the partition of a symbol."""
        return partition_of(symbol.encode("ascii"), self.partitions)

    def symbol(self, text: str) -> str:
        """Return a symbol in the feed's case. Raises UserError."""
        try:
            return parse_symbol(text, self.case)
        except SymbolError as error:
            raise UserError(str(error), 2) from None


@asynccontextmanager
async def _opened(settings: ProgramSettings, writes: bool) -> AsyncIterator[Feed]:
    client = opened_redis(settings, TIMEOUT, writes=writes)
    meta = settings.names.meta(0)
    try:
        try:
            told = decode_layout(*await client.execute(meta, "HMGET", meta, *LAYOUT_FIELDS))
        except LayoutError as error:
            raise UserError(f"{meta} holds {error}", 1) from None
        layout = told or Layout(settings.partitions, "upper")
        yield Feed(client, settings.names, layout.partitions, layout.case)
    finally:
        await client.close()


async def held_symbols(settings: ProgramSettings) -> dict[str, tuple[bytes, bytes]]:
    """Return the JSON of the newest tick and of the instrument of each symbol; empty where there is none.

    Raises LinkError.
    """
    found: dict[str, tuple[bytes, bytes]] = {}
    async with _opened(settings, writes=False) as feed:
        for partition in range(feed.partitions):
            ticks, instruments = feed.names.last(partition), feed.names.symbols(partition)
            last: dict[bytes, bytes] = await feed.client.execute(ticks, "HGETALL", ticks)
            described: dict[bytes, bytes] = await feed.client.execute(instruments, "HGETALL", instruments)
            for symbol in {**last, **described}:
                held = last.get(symbol, b""), described.get(symbol, b"")
                found[symbol.decode("ascii", "replace")] = held
    return dict(sorted(found.items()))


async def describe_symbol(
    settings: ProgramSettings,
    symbol: str,
    name: str | None,
    currency: str | None,
    tick: str | None,
    reference: str | None,
    wait: float,
) -> None:
    """Order a description of a symbol, and wait until it is written. Raises UserError, LinkError."""
    texts = {"name": (name, MAX_TEXT["name"]), "currency": (currency, MAX_TEXT["ccy"])}
    for option, (text, most) in texts.items():
        if text is not None and (len(text) > most or not text.isprintable()):
            raise UserError(f"--{option}: at most {most} printable characters", 2)
    for option, number, find_fault in (("tick", tick, size_fault), ("reference", reference, number_fault)):
        if number is not None and not is_decimal(number):
            raise UserError(f"--{option}: {number[:40]!r} is not a number", 2)
        if number is not None and (fault := find_fault(number)):
            raise UserError(f"--{option}: {number} {fault}", 2)
    said = [("name", name and dump_ascii(name)), ("ccy", currency and dump_ascii(currency))]
    said += [("tick", tick), ("ref", reference)]
    given = "".join(f',"{field}":{value}' for field, value in said if value is not None)
    if not given:
        raise UserError("nothing to change: name --name, --currency, --tick or --reference", 2)
    async with _opened(settings, writes=True) as feed:
        own = feed.symbol(symbol)
        await _order(feed, "i", {own: f'{{"S":"{own}"{given}}}'}, wait)


async def retire_symbols(settings: ProgramSettings, symbols: list[str], wait: float) -> None:
    """Order that symbols leave, and wait until they have. Raises UserError, LinkError."""
    async with _opened(settings, writes=True) as feed:
        own = [feed.symbol(each) for each in symbols]
        await _order(feed, "r", dict(zip(own, own, strict=True)), wait)


async def _order(feed: Feed, field: str, lines: Mapping[str, str], wait: float) -> None:
    """Hand in the line of each symbol, and wait until all are carried out."""
    for symbol in lines:
        await _refuse_unknown(feed, symbol)
    waiting = []
    for partition in sorted({feed.home(symbol) for symbol in lines}):
        mine = [line for symbol, line in lines.items() if feed.home(symbol) == partition]
        key, bound = feed.names.orders(partition), ("MAXLEN", "~", MAX_WAITING, "*")
        id_ = await feed.client.execute(key, "XADD", key, *bound, field, "\n".join(mine))
        waiting.append((key, id_))
    await _wait(feed.client, waiting, wait)


async def _refuse_unknown(feed: Feed, symbol: str) -> None:
    partition = feed.home(symbol)
    for key in (feed.names.last(partition), feed.names.symbols(partition)):
        if await feed.client.execute(key, "HEXISTS", key, symbol):
            return
    raise UserError(f"the feed {feed.names.feed} has no symbol {symbol}; `tickcast symbols` lists them")


async def _wait(client: RedisClient, waiting: list[tuple[str, bytes]], wait: float) -> None:
    until = asyncio.get_running_loop().time() + wait
    for key, id_ in waiting:
        while await client.execute(key, "XRANGE", key, id_, id_):
            if asyncio.get_running_loop().time() > until:
                raise UserError(
                    f"no publisher has obeyed within {wait:g} s; the order stays, for the next one that leads"
                )
            await asyncio.sleep(LOOK)
