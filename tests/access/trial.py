"""Tokens that live for seconds, renewed for as long as it takes: nothing is lost, repeated, or told too late.

    python -m tests.access.trial --seconds 3600 --clients 200 --lifetime 10

Half of the clients renew their streams by PATCH and are never cut; the other half come back with a new token
when theirs has expired. Each checks every tick, as those of `tickcast verify` do. Meanwhile tokens that
have expired are tried.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from tests.support.eventually import eventually
from tests.support.granted import Door
from tests.support.stack import Stack, running_stack
from tickcast.cli.verify.newest import Newest
from tickcast.cli.verify.stream_check import Findings, StreamCheck
from tickcast.cli.verify.stream_client import StreamClient
from tickcast.client.sse import Event

MARKET = {"symbols": 20, "rate": 4}
"""Slow: it is about tokens, and clients that cannot keep up would renew too late."""
GATEWAYS = 2

PASSING = (429, 502, 503, 504)
"""Answers whose reason may pass."""

LATE = 5.0
"""Seconds after its start in which a client must be level with the feed at the end."""


@dataclass
class Outcome:
    """What came of it."""

    findings: Findings = field(default_factory=Findings)
    renewals: Counter[int] = field(default_factory=Counter)
    """Answers to PATCH, by status; 0: none."""
    again: Counter[int] = field(default_factory=Counter)
    """Renewals that were sent again, by the status of the answer before."""
    byes: Counter[str] = field(default_factory=Counter)
    """`bye` events by reason, of the clients that come back."""
    cut: int = 0
    """Streams that ended though they were renewed."""
    returns: int = 0
    behind: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    """Answers to requests with a token that had expired, by status."""

    @property
    def faults(self) -> list[str]:
        """Return what went wrong, in words."""
        found = self.findings
        counts = {
            "lost": found.lost, "repeated": found.repeated, "out of order": found.out_of_order,
            "malformed": found.malformed, "told as a gap": found.told, "gaps": found.gaps.total(),
            "renewed streams cut": self.cut, "behind at the end": self.behind,
            "renewals refused": self.renewals.total() - self.renewals[200],
            "not refused with an expired token": self.refused.total() - self.refused[401],
            "ends for another reason": self.byes.total() - self.byes["expired"],
        }  # fmt: skip
        return [f"{count} {what}" for what, count in counts.items() if count]


class TokenClient(StreamClient):
    """A client that shows a new token whenever it opens a stream."""

    def __init__(self, url: str, token: Callable[[], str], check: StreamCheck, byes: Counter[str]) -> None:
        super().__init__(url, {"interval": "0"}, self._hear)
        self.stream = ""
        """Its id; empty: it is not open."""
        self._token = token
        self._check = check
        self._byes = byes

    def request(self) -> bytes:
        """Return a request with a new token."""
        return super().request()[:-2] + f"Authorization: Bearer {self._token()}\r\n\r\n".encode()

    def _hear(self, event: Event) -> None:
        self._check.on_event(event)
        if event.type == b"hello":
            self.stream = json.loads(event.data)["stream"]
        elif event.type == b"bye":
            self.stream = ""
            self._byes[json.loads(event.data)["reason"]] += 1


class Trial:
    """The clients, and what they find."""

    def __init__(self, stack: Stack, door: Door, lifetime: float, seed: int) -> None:
        self.outcome = Outcome()
        self._url = stack.url
        self._door = door
        self._lifetime = lifetime
        self._random = random.Random(seed)
        self._ended = Counter[str]()

    def token(self, subject: str) -> str:
        """Return a token that lives as long as all."""
        return self._door.token("*", sub=subject, exp=time.time() + self._lifetime)

    async def run(self, clients: int, seconds: float) -> Outcome:
        """Run so many clients of each kind, for so long."""
        checks = [StreamCheck(0, None) for _ in range(2 * clients)]
        renewing = [self._client(f"r{number}", checks[number], self._ended) for number in range(clients)]
        returning = [
            self._client(f"c{number}", checks[clients + number], self.outcome.byes)
            for number in range(clients)
        ]
        limits = httpx2.Limits(max_connections=20)
        async with httpx2.AsyncClient(trust_env=False, timeout=30, limits=limits) as web:
            tasks = [asyncio.create_task(each.run()) for each in (*renewing, *returning)]
            tasks += [
                asyncio.create_task(self._renew(web, each, f"r{number}"))
                for number, each in enumerate(renewing)
            ]
            tasks.append(asyncio.create_task(self._try_expired(web, renewing)))
            try:
                done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                self.outcome.behind = await self._level(web, checks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        for check in checks:
            self.outcome.findings.add(check.findings)
        self.outcome.cut = self._ended.total() + sum(each.reconnects for each in renewing)
        self.outcome.returns = sum(each.reconnects for each in returning)
        return self.outcome

    def _client(self, subject: str, check: StreamCheck, byes: Counter[str]) -> TokenClient:
        return TokenClient(self._url, lambda: self.token(subject), check, byes)

    async def _renew(self, web: httpx2.AsyncClient, client: TokenClient, subject: str) -> None:
        while True:
            await asyncio.sleep(self._lifetime * self._random.uniform(0.3, 0.6))
            if not client.stream:
                continue
            # As tickcast.js does, it tries again where the reason may pass.
            while (status := await self._show(web, client, self.token(subject))) in PASSING:
                self.outcome.again[status] += 1
                await asyncio.sleep(0.5)
            self.outcome.renewals[status] += 1

    async def _show(self, web: httpx2.AsyncClient, client: TokenClient, token: str) -> int:
        stream = f"{self._url}/v1/streams/{client.stream}"
        header = {"authorization": f"Bearer {token}"}
        return (await web.patch(stream, json={"token": token}, headers=header)).status_code

    async def _try_expired(self, web: httpx2.AsyncClient, renewing: list[TokenClient]) -> None:
        """Ask in every way with tokens that were good once, and have been shown."""
        while True:
            ends = time.time() + 2
            token = self._door.token("*", sub="r0", exp=ends)
            header = {"authorization": f"Bearer {token}"}
            # A gateway that has proved it keeps it until it expires.
            await web.get(f"{self._url}/v1/snapshot", headers=header)
            await asyncio.sleep(max(0.0, ends - time.time()) + 0.1)
            for path in ("/v1/snapshot", "/v1/stream", "/v1/symbols"):
                async with web.stream("GET", self._url + path, headers=header) as answer:
                    self.outcome.refused[answer.status_code] += 1
            stream = f"{self._url}/v1/streams/{renewing[0].stream or 'a.b'}"
            for body in ({"token": token}, {"drop": ["A"]}):
                answer = await web.patch(stream, json=body, headers=header)
                self.outcome.refused[answer.status_code] += 1

    async def _level(self, web: httpx2.AsyncClient, checks: list[StreamCheck]) -> int:
        """Return how many clients do not reach the newest ticks; who is just coming back has time to."""
        answer = await web.get(
            f"{self._url}/v1/snapshot", headers={"authorization": f"Bearer {self.token('judge')}"}
        )
        body = answer.json()
        newest = Newest({tick["S"].encode(): tick["q"] for tick in body["ticks"]}, body["epoch"])

        def behind() -> int:
            return sum(check.behind(newest) > 0 for check in checks)

        with suppress(AssertionError):
            await eventually(lambda: not behind(), LATE)
        return behind()


async def attempt(seconds: float, clients: int, lifetime: float, seed: int) -> Outcome:
    """Run the trial on a Tickcast of its own."""
    with TemporaryDirectory(prefix="tickcast-tokens-") as folder:
        door = Door(Path(folder))
        async with running_stack(GATEWAYS, gateway=door.settings, seed=seed, **MARKET) as stack:
            return await Trial(stack, door, lifetime, seed).run(clients, seconds)


def main() -> None:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=200, help="of each kind")
    parser.add_argument("--lifetime", type=float, default=10, help="of a token, s")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = asyncio.run(attempt(given.seconds, given.clients, given.lifetime, given.seed))
    print(
        f"{given.clients} + {given.clients} clients, tokens of {given.lifetime:g} s, {given.seconds:g} s, "
        f"seed {given.seed}: {found.findings.ticks:,} ticks, {found.renewals[200]:,} renewals, "
        f"{found.returns:,} returns, {found.refused[401]:,} expired tokens refused; resumed "
        f"{dict(found.findings.resumed)}; answers to renewals {dict(found.renewals)}, "
        f"sent again {dict(found.again)}"
    )
    print("\n".join(found.faults) or "nothing lost, nothing repeated, nothing let in")
    sys.exit(bool(found.faults))


if __name__ == "__main__":
    main()
