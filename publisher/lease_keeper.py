"""Keeps leases from a thread of its own, with connections of its own.

The publisher's event loop may be busy for longer than a lease lasts: with 10,000 symbols on a machine short
of CPU, taking over alone takes seconds. A renewal on that loop would come too late.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import LONGEST, DeposedError, Lease
from tickcast.runtime.redis.errors import LinkError

RENEWALS = 4
"""Renewals in the time of a lease that has not grown."""

SLOWEST_PACE = 0.5
"""Seconds between two renewals, at most, however long the lease is: `lease.CONFIRM` counts on it."""

LATE = 0.25
"""A renewal that comes later than this share of the lease is told."""

TOLD_AGAIN = 60.0
"""Seconds between two lines about late renewals, at least."""

_log = structlog.get_logger()


class LeaseKeeper:
    """Renews leases until `run` is cancelled. The later renewals come, the longer it makes the leases.

    It stops while the event loop of `run` does nothing at all for LONGEST seconds: a program that hangs must
    not lead for ever.
    """

    def __init__(self, leases: Iterable[Lease], lost: Callable[[Lease, DeposedError], None]) -> None:
        """`lost` is called on the event loop of `run` for each lease that another publisher has taken."""
        self._leases = set(leases)
        self._lost = lost
        self._least = min(lease.least for lease in self._leases)
        longest = max(lease.seconds for lease in self._leases)
        self._pause = min(longest / RENEWALS, SLOWEST_PACE)
        self._silence = max(LONGEST, longest)
        self._alive = time.monotonic()
        self._stop = threading.Event()
        self._tell_after = 0.0

    def let_go(self, lease: Lease) -> None:
        """Renew a lease no longer; a renewal under way may still be carried out."""
        self._leases = self._leases - {lease}

    async def run(self) -> None:
        """Renew until cancelled, or until no lease is left."""
        loop = asyncio.get_running_loop()
        renewing: asyncio.Future[None] = loop.create_future()
        # No thread of the loop's own: they are few, and looking up a host needs one, too.
        threading.Thread(target=self._work, args=(loop, renewing), name="leases", daemon=True).start()
        try:
            while not renewing.done():
                self._alive = time.monotonic()
                await asyncio.wait({renewing}, timeout=self._pause)
            await renewing
        finally:
            self._stop.set()
            await asyncio.wait({renewing})

    def _work(self, loop: asyncio.AbstractEventLoop, renewing: "asyncio.Future[None]") -> None:
        try:
            self._renew_until_stopped(loop)
        except Exception as error:
            loop.call_soon_threadsafe(renewing.set_exception, error)
        else:
            loop.call_soon_threadsafe(renewing.set_result, None)

    def _renew_until_stopped(self, loop: asyncio.AbstractEventLoop) -> None:
        broker = next(iter(self._leases)).own_connection()
        with asyncio.Runner() as runner:
            try:
                last: float | None = time.monotonic()
                while self._leases and not self._stop.wait(self._pause):
                    if time.monotonic() - self._alive > self._silence:
                        last = None
                        continue
                    last = self._measure(last) if runner.run(self._renew(broker, loop)) else None
            finally:
                with suppress(LinkError):
                    runner.run(broker.close())

    async def _renew(self, broker: Broker, loop: asyncio.AbstractEventLoop) -> bool:
        """Renew all leases; return whether Redis has answered for all."""
        leases = list(self._leases)
        results = await asyncio.gather(*(lease.renew(broker) for lease in leases), return_exceptions=True)
        answered = True
        for lease, result in zip(leases, results, strict=True):
            if isinstance(result, DeposedError):
                self.let_go(lease)
                loop.call_soon_threadsafe(self._lost, lease, result)
            elif isinstance(result, LinkError):
                # While Redis is away nobody else can take the lease; the fencing token guards all other
                # cases. Rights or a password that are wrong now were right for the takeover.
                answered = False
            elif result is not None:
                raise result
        return answered

    def _measure(self, last: float | None) -> float:
        """Let the leases grow with the time since the last renewal; return the time of this one."""
        now = time.monotonic()
        if last is not None:
            late = now - last - self._pause
            leases = self._leases
            for lease in leases:
                lease.lengthen(RENEWALS * late)
            if late > LATE * self._least and now >= self._tell_after and leases:
                self._tell_after = now + TOLD_AGAIN
                _log.warning(
                    "a renewal of the lease came late: is this machine short of CPU?",
                    late=round(late, 3),
                    lease=round(max(lease.seconds for lease in leases), 3),
                )
        return now
