"""Which server holds a key now, when an address stands for more than one Redis.

What was learned is kept until somebody says `forget`, which is to be done at every failure: a
master that was right a moment ago is the commonest thing to stick to by mistake.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tickcast.runtime.redis.address import Host, RedisAddress
from tickcast.runtime.redis.errors import LinkRefusedError
from tickcast.runtime.redis.slots import SLOTS, read_slots, slot_of

Ask = Callable[[Host, tuple[str, ...]], Awaitable[Any]]
"""Sends a command to a host and returns the answer; raises ConnectionError, LinkRefusedError."""


class Topology:
    """The way from a key to its server. Safe to use from several tasks."""

    def __init__(self, address: RedisAddress, ask: Ask) -> None:
        self._address = address
        self._ask = ask
        self._holders: list[Host | None] = []
        self._nodes: set[Host] = set()
        self._asking = asyncio.Lock()

    async def holder(self, key: str) -> Host:
        """Return the master that holds a key.

        Raises ConnectionError if no host knows it or no node holds it, LinkRefusedError if no host
        answers and one of them refuses the login.
        """
        if not (holders := self._holders):
            async with self._asking:
                holders = self._holders = self._holders or await self._learn()
        host = holders[slot_of(key)]
        if host is None:
            self.forget()
            raise ConnectionError(f"no node of the cluster holds slot {slot_of(key)}")
        return host

    def forget(self) -> None:
        """Ask anew next time."""
        self._holders = []

    async def _learn(self) -> list[Host | None]:
        # All at once: one that hangs must not hold up the answer of the others.
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
                raise refusal or ConnectionError(f"nobody knows where Redis is: {failure}")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._address.kind == "cluster":
            # The nodes of the address may all be gone one day.
            self._nodes = {host for host in holders if host}
        return holders

    async def _holders_by(self, host: Host) -> list[Host | None]:
        if self._address.kind == "cluster":
            return read_slots(await self._ask(host, ("CLUSTER", "SLOTS")), host)
        service = self._address.service
        found = await self._ask(host, ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service))
        if not found:
            raise ConnectionError(f"the Sentinel {host.name}:{host.port} knows no master {service!r}")
        name, port = found
        return [Host(name.decode("ascii"), int(port))] * SLOTS
