"""The ledger: every tick that Redis accepted, read from Redis itself, and every sign of life of the feed.

It follows the log, and the live channel beside it: what a Redis loses before the log could be read was
heard. No gateway and no code of the product has a part in it.
"""

import asyncio
import json
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from tests.faults.referee.resp import FAILURES, Resp
from tests.faults.referee.trace import Tick

PAUSE = 0.05
"""Seconds until the next try at a Redis that does not answer."""

LATE = 10_000_000
"""µs after which nothing is heard any more; a time that is further off is that of a wrong clock."""

RUBBISH = b"rubbish-of-the-referee"
"""Stands in all that a fault writes into Redis: no publisher has sent it."""

Heard = Callable[[int, bytes, int], None]
"""Takes partition, bytes and time of what was read or heard."""

_LINE = re.compile(rb"^([^\t\n]+)\t(\{[^\n]*\})$", re.MULTILINE)


def log_key(partition: int) -> str:
    """Return the name of a partition's log."""
    return f"{{tickcast:main:{partition}}}:log"


def live_channel(partition: int) -> str:
    """Return the name of a partition's live channel."""
    return f"{{tickcast:main:{partition}}}:live"


def now() -> int:
    """Return the time, µs since the epoch."""
    return time.time_ns() // 1000


class Accepted(NamedTuple):
    """One tick that Redis took."""

    tick: Tick
    size: int | None
    """Traded in it."""
    at: int
    """When it was accepted, by the clock of the referee; never too early."""
    epoch: str = ""
    """Of the partition's log."""
    restored: bool = False
    """Not accepted, but written back as the newest of a symbol, where a new epoch goes on from it."""


class _Batch(NamedTuple):
    era: int
    """Epochs of the partition seen before its own."""
    id: tuple[int, int]
    prev: tuple[int, int]
    ticks: list[Accepted]


class Ledger:
    """What Redis accepted, in order. `close` it, then ask."""

    def __init__(self) -> None:
        self.ticks: dict[str, list[Accepted]] = {}
        """By symbol, in the order of (epoch, q)."""
        self.signs: list[int] = []
        """When the feed was heard of: a batch or a heartbeat."""
        self.holes = 0
        """Places where the ledger itself lacks something: what a client has there may be unknown here."""
        self.wrong: list[str] = []
        """What is no batch, or does not count on."""
        self.twice: set[Tick] = set()
        """Accepted in two epochs: a publisher without an answer repeats its batch when data were lost."""
        self.began: dict[str, int] = {}
        """When the first message of each epoch was sent, and never before the epoch began."""
        self._places: dict[Tick, list[int]] = {}
        self._batches: dict[int, dict[tuple[str, tuple[int, int]], _Batch]] = {}
        self._eras: dict[int, list[str]] = {}
        self._floor: dict[int, tuple[int, tuple[int, int]]] = {}
        """Era and id of the newest batch of each partition in the ledger before."""

    @classmethod
    def of(cls, ticks: Iterable[Accepted], signs: Iterable[int] = ()) -> "Ledger":
        """Return a ledger that holds these, in this order."""
        found = cls()
        for each in ticks:
            found.began.setdefault(each.epoch, each.at)
            found._take(each)
        found.signs = sorted([*signs, *(each.at for each in ticks)])
        return found

    def _put(self, each: Accepted) -> None:
        line = self.ticks.setdefault(each.tick.symbol, [])
        places = self._places.setdefault(each.tick, [])
        if places and not each.restored and not self.ticks[each.tick.symbol][places[-1]].restored:
            self.twice.add(each.tick)
        places.append(len(line))
        line.append(each)

    def _take(self, each: Accepted) -> None:
        """Put a tick behind all others; where a new epoch goes on from an older one, put that there, too."""
        line = self.ticks.get(each.tick.symbol)
        if line and line[-1].epoch != each.epoch and line[-1].tick.q != each.tick.q - 1:
            before = next((old for old in reversed(line) if old.tick.q == each.tick.q - 1), None)
            if before is not None:
                self._put(before._replace(at=each.at, epoch=each.epoch, restored=True))
        self._put(each)

    def place(self, tick: Tick, after: int | None, at: int) -> int | None:
        """Return which tick of its symbol it is, from 0; None if Redis never accepted such a tick.

        Of several places it is the first that is not before `after`, where its reader is, and that was there
        at the time `at`; for a new reader it is the last one at that time.
        """
        places = self._places.get(tick)
        if places is None:
            return None
        line = self.ticks[tick.symbol]
        if after is not None:
            later = [place for place in places if place >= after] or places[-1:]
            return next((place for place in later if line[place].at <= at), later[0])
        return next((place for place in reversed(places) if line[place].at <= at), places[0])

    def between(self, symbol: str, after: int, before: int | None = None) -> list[int]:
        """Return the places of ticks that were accepted behind one place and before another, or at all."""
        line = self.ticks.get(symbol, [])
        end = len(line) if before is None else before
        return [place for place in range(after + 1, end) if not line[place].restored]

    def silent_before(self, at: int) -> int:
        """Return the µs since the feed was heard of before `at`."""
        found = bisect_right(self.signs, at)
        return at - self.signs[found - 1] if found else at

    def newest_ticks(self) -> dict[str, Tick]:
        """Return the newest tick of each symbol; while it is open, that of what was read so far."""
        newest = {symbol: line[-1].tick for symbol, line in self.ticks.items()}
        for held in self._batches.values():
            for batch in sorted(held.values(), key=lambda batch: batch[:2]):
                newest.update((each.tick.symbol, each.tick) for each in batch.ticks)
        return newest

    @property
    def accepted(self) -> int:
        """Ticks in it; while it is open, those read so far."""
        batches = sum(len(batch.ticks) for held in self._batches.values() for batch in held.values())
        return batches or sum(len(self.between(symbol, -1)) for symbol in self.ticks)

    def add(self, partition: int, raw: bytes, heard: int) -> None:
        """Take the bytes of a batch or heartbeat, of the log or of the channel, once or several times."""
        if RUBBISH in raw:
            return
        header, _, payload = raw.partition(b"\n")
        words = header.decode("latin-1").split(" ")
        try:
            _, epoch, own, prev, sent, count, _, _ = words
            id_, before = _id(own), _id(prev)
        except ValueError:
            self.wrong.append(f"no batch: {raw[:60]!r}")
            return
        # The referee may hear of an epoch long after its readers: its own connection is cut, too.
        since = int(sent)
        self.began.setdefault(epoch, since if heard - LATE <= since <= heard else heard)
        held = self._batches.setdefault(partition, {})
        eras = self._eras.setdefault(partition, [])
        # What is read again later is no sign of life.
        if id_ == before or (epoch, id_) not in held:
            self.signs.append(heard)
        if id_ == before or (epoch, id_) in held:
            return
        if epoch not in eras:
            eras.append(epoch)
        if (eras.index(epoch), id_) <= self._floor.get(partition, (0, (0, 0))):
            return
        ticks = [
            _accepted(json_, int(sent), heard, epoch) for _, json_ in _LINE.findall(payload)[: int(count)]
        ]
        held[epoch, id_] = _Batch(eras.index(epoch), id_, before, ticks)

    def close(self) -> None:
        """Order what was read; nothing more is added."""
        self.signs.sort()
        for partition, held in self._batches.items():
            before: _Batch | None = None
            for batch in sorted(held.values(), key=lambda batch: batch[:2]):
                if before is not None and batch.prev > before.id:
                    self.holes += 1
                for each in batch.ticks:
                    # A batch whose answer was lost may stand in two servers of one epoch: it counts once.
                    if not self._has(each):
                        self._count(each)
                        self._take(each)
                before = batch
                self._floor[partition] = (batch.era, batch.id)
        self._batches.clear()

    def next(self) -> "Ledger":
        """Return a ledger that goes on from this one, which is closed: it begins with the newest ticks."""
        found = Ledger()
        found._eras, found._floor, found.began = self._eras, self._floor, self.began
        for line in self.ticks.values():
            found._put(line[-1]._replace(restored=True))
        return found

    def _has(self, each: Accepted) -> bool:
        line = self.ticks.get(each.tick.symbol, [])
        return any(line[place].epoch == each.epoch for place in self._places.get(each.tick, ()))

    def _count(self, each: Accepted) -> None:
        line = self.ticks.get(each.tick.symbol)
        if line and not self.holes and line[-1].epoch == each.epoch and each.tick.q != line[-1].tick.q + 1:
            self.wrong.append(f"{each.tick.symbol}: q {each.tick.q} accepted after {line[-1].tick.q}")


def _id(text: str) -> tuple[int, int]:
    ms, _, seq = text.partition("-")
    return int(ms), int(seq)


def _accepted(raw: bytes, sent: int, heard: int, epoch: str) -> Accepted:
    loaded: dict[str, Any] = json.loads(raw, parse_float=str)
    tick = Tick(loaded["S"], int(loaded["q"]), int(loaded["t"]), str(loaded["p"]))
    # Redis's clock may be wrong, and what is read late was accepted before that.
    return Accepted(tick, loaded.get("s"), min(heard, max(sent, tick.t)), epoch)


async def follow_log(heard: Heard, port: int, partitions: int) -> None:
    """Read all logs until cancelled, whatever happens to the Redis at `port`."""
    keys = [log_key(partition) for partition in range(partitions)]
    last = dict.fromkeys(keys, "0-0")
    while True:
        with suppress(*FAILURES):
            connection = await Resp.connect(port)
            try:
                while True:
                    answer = await connection.ask(
                        "XREAD", "COUNT", 200, "BLOCK", 500, "STREAMS", *keys, *last.values()
                    )
                    if answer is None:
                        await _begin_again(connection, last)
                    for key, entries in answer or ():
                        name = key.decode()
                        for id_, fields in entries:
                            # An id by hand may be of the far future, and the publisher deletes such a log.
                            if RUBBISH not in fields:
                                last[name] = id_.decode()
                                entry = dict(zip(fields[::2], fields[1::2], strict=True))
                                heard(keys.index(name), entry.get(b"b", RUBBISH), now())
                        if all(RUBBISH in fields for _, fields in entries):
                            await asyncio.sleep(PAUSE)
            finally:
                connection.close()
        await asyncio.sleep(PAUSE)


async def _begin_again(connection: Resp, last: dict[str, str]) -> None:
    """Read logs from their beginning whose ids are lower than before: they are others."""
    for key, id_ in last.items():
        newest = await connection.ask("XREVRANGE", key, "+", "-", "COUNT", 1)
        if newest and _id(newest[0][0].decode()) < _id(id_):
            last[key] = "0-0"


async def follow_channel(heard: Heard, port: int, partitions: int) -> None:
    """Hear all live channels until cancelled; a connection that is silent for 3 s is made again."""
    channels = [live_channel(partition) for partition in range(partitions)]
    while True:
        with suppress(*FAILURES):
            connection = await Resp.connect(port)
            try:
                await connection.ask("SUBSCRIBE", *channels)
                while True:
                    kind, channel, data = await connection.next(3)
                    if kind == b"message":
                        heard(channels.index(channel.decode()), data, now())
            finally:
                connection.close()
        await asyncio.sleep(PAUSE)
