"""The scripts as functions, on a Redis that the test can look into."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import redis.asyncio

from tickcast.wire.bar import INTERVALS, Bar, encode_bar
from tickcast.wire.batch import decode_batch, encode_lines
from tickcast.wire.names import MAIN as names
from tickcast.wire.notice import Notice, encode_notice
from tickcast.wire.scripts import CLAIM, PUBLISH

EPOCH = "0123456789abcdef"
LINES = b'AAPL\t{"S":"AAPL","q":1,"t":1,"p":1.5}\nMSFT\t{"S":"MSFT","q":1,"t":1,"p":2}\n'


class Scripts:
    """The scripts of one partition, with arguments that a test need not name."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def claim(
        self,
        fence: int = 1,
        epoch: str = EPOCH,
        renew: int = 0,
        floor: str = "0-0",
        symbols: tuple[str, ...] = (),
        last: tuple[str, ...] = (),
        bars: tuple[str | bytes, ...] = (),
        source: tuple[str, ...] = (),
    ) -> list[bytes]:
        """Claim the partition; returns what the script answers."""
        keys = [names.meta(0), names.log(0), names.last(0), names.symbols(0), names.bars(0)]
        pairs = [len(symbols) // 2, *symbols, len(last) // 2, *last, len(bars) // 2, *bars, *source]
        answer: list[bytes] = await self.client.eval(CLAIM, 5, *keys, fence, epoch, renew, floor, *pairs)
        return answer

    async def publish(
        self,
        prev: bytes | str,
        n: int = 1,
        fence: int = 1,
        epoch: str = EPOCH,
        minid: str = "0-0",
        lines: bytes = LINES,
        command: str = "PUBLISH",
        bars: Sequence[Bar] = (),
        keep: int = 3,
        instruments: int = 0,
        again: int = 0,
        notices: Sequence[Notice] = (),
    ) -> list[bytes]:
        """Publish one batch; returns what the script answers.

        `keep` final bars of the shortest interval are kept, twice as many of the next, and so on.
        """
        keys = [names.meta(0), names.log(0), names.last(0), names.live(0), names.bars(0), names.symbols(0)]
        formed = encode_lines([(bar.symbol.encode(), encode_bar(bar)) for bar in bars])
        counted = (lines.count(b"\n"), lines, len(bars), formed)
        kept = " ".join(str(keep * each) for each, _ in enumerate(INTERVALS, 1))
        args = [
            fence,
            epoch,
            prev,
            n,
            minid,
            command,
            *counted,
            " ".join(INTERVALS),
            kept,
            instruments,
            again,
        ]
        args += [
            len(notices),
            encode_lines([(each.symbol.encode(), encode_notice(each)) for each in notices]),
        ]
        answer: list[bytes] = await self.client.eval(PUBLISH, len(keys), *keys, *args)
        return answer


@pytest.fixture
async def scripts(redis_url: str) -> AsyncIterator[Scripts]:
    """The scripts on an empty Redis of each kind."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        yield Scripts(client)


async def batches(scripts: Scripts) -> list[Any]:
    """Return every batch of the log, oldest first."""
    entries = await scripts.client.xrange(names.log(0))
    return [decode_batch(fields[b"b"]) for _, fields in entries]
