"""Which server holds a key now, where an address names Sentinels or a cluster.

The answer is kept until `forget` is called, which the caller does after every failure: the most
common mistake is to stick to a server that was the master a moment ago.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from tickcast.runtime.redis.address import Host, RedisAddress
from tickcast.runtime.redis.errors import LinkRefusedError
from tickcast.runtime.redis.slots import SLOTS, read_slots, slot_of

LOOK_AGAIN = 1.0
"""Seconds after which the Sentinels are asked again, though nothing has failed.

After a failover the old master may go on for a while, with connections, and none of what it takes will last.
"""

Ask = Callable[[Host, tuple[str, ...]], Awaitable[Any]]
"""Sends a command to a host and returns the answer; raises ConnectionError, LinkRefusedError."""


class Topology:
    """Finds the server of a key, and remembers it. Safe to use from several tasks."""

    def __init__(self, address: RedisAddress, ask: Ask) -> None:
        self._address = address
        self._ask = ask
        self._holders: list[Host | None] = []
        self._nodes: set[Host] = set()
        self.learned = 0
        """How often the answer was asked for, or has changed."""
        self._asking = asyncio.Lock()
        self._known_at = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def holder(self, key: str) -> Host:
        """Return the master that holds a key.

        Raises ConnectionError if no host knows it or no node holds it, LinkRefusedError if no host
        answers and one of them refuses the login.
        """
        if not (holders := self._holders):
            async with self._asking:
                if not self._holders:
                    self._holders = await self._learn()
                    self._known_at = time.monotonic()
                    self.learned += 1
                holders = self._holders
        elif self._is_old():
            self._looking = asyncio.create_task(self._look_again())
        host = holders[slot_of(key)]
        if host is None:
            self.forget()
            raise ConnectionError(f"no node of the cluster holds slot {slot_of(key)}")
        return host

    def _is_old(self) -> bool:
        return (
            self._address.kind == "sentinel"
            and time.monotonic() - self._known_at > LOOK_AGAIN
            and (self._looking is None or self._looking.done())
        )

    async def _look_again(self) -> None:
        """Ask all Sentinels, and follow most of them: one of them may be cut off, and late."""
        answers = await asyncio.gather(*map(self._holders_by, self._address.hosts), return_exceptions=True)
        named = Counter(answer[0] for answer in answers if isinstance(answer, list))
        self._known_at = time.monotonic()
        for host, count in named.most_common(1):
            if 2 * count > len(answers) and self._holders and host != self._holders[0]:
                self._holders = [host] * SLOTS
                self.learned += 1

    async def close(self) -> None:
        """Ask nobody any more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def known(self, key: str) -> Host | None:
        """Return the master that holds a key, None if that is unknown now. Asks nobody."""
        return self._holders[slot_of(key)] if self._holders else None

    def forget(self) -> None:
        """Ask again at the next key."""
        self._holders = []

    async def _learn(self) -> list[Host | None]:
        # All at once: a host that hangs must not hold up the answers of the others.
        hosts = {*self._address.hosts, *self._nodes}
        tasks = [asyncio.create_task(self._holders_by(host)) for host in hosts]
        failure: Exception | None = None
        refusal: LinkRefusedError | None = None
        try:
            for answer in asyncio.as_completed(tasks):
                try:
                    holders = await answer
                except (ConnectionError, ValueError) as error:
                    failure = error
                except LinkRefusedError as error:
                    refusal = error
                else:
                    break
            else:
                raise refusal or ConnectionError(f"no host knows where Redis is: {failure}")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._address.kind == "cluster":
            # The nodes that the address names may all be gone one day.
            self._nodes = {host for host in holders if host}
        return holders

    async def _holders_by(self, host: Host) -> list[Host | None]:
        if self._address.kind == "cluster":
            return read_slots(await self._ask(host, ("CLUSTER", "SLOTS")), host)
        service = self._address.service
        found = await self._ask(host, ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service))
        if not found:
            raise ConnectionError(f"the Sentinel {host.name}:{host.port} knows no master {service!r}")
        try:
            name, port = found
            master = Host(name.decode("ascii"), int(port))
        except (TypeError, ValueError, AttributeError):
            raise ValueError(f"{host.name}:{host.port} does not answer as a Sentinel does") from None
        return [master] * SLOTS
