"""A page on a gateway whose ticks and bars the test makes itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.web.browser import Visit, visiting
from tickcast.wire.bar import Bar
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

SECOND = 1_000_000
"""µs"""


class Fed(NamedTuple):
    """A page whose ticks are the test's."""

    visit: Visit
    url: str
    feeder: Feeder

    async def tick(
        self, symbol: str, q: int, price: str, bid: str | None = None, second: int | None = None
    ) -> None:
        """Publish a tick without volume, and the bar of its second, which is `q` unless given."""
        time = (q if second is None else second) * SECOND
        tick = encode_tick(Tick(symbol, time, price, bid=bid), q)
        bar = Bar(symbol, "1s", time, price, price, price, price, None, 1, q)
        await self.feeder.publish([(symbol.encode(), tick)], bars=[bar])


@asynccontextmanager
async def fed(*instruments: Instrument) -> AsyncIterator[Fed]:
    """Open a page on a gateway whose publisher is a test's, with these symbols."""
    with valkey() as redis_url:
        async with Feeder(redis_url) as feeder, feeder.beating():
            await feeder.claim(instruments)
            async with running_gateway(redis_url) as gateway, visiting("about:blank") as visit:
                yield Fed(visit, gateway.url, feeder)
