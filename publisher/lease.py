"""Leadership among publishers: a key in Redis with a time to live, and a fencing token for each new leader.

The lease lets one publisher lead at a time. The token makes that safe: the scripts refuse a writer whose
token is not the newest.

Redis may carry out a request long after its sender gave it up: the server hung, or the line was slow. So a
standby first looks, which changes nothing, and then takes the lease by a request that is void after
DEADLINE, or if anything has changed since the look. And a standby believes its own clock before Redis's:
a clock that was set forward, or a server that hung, ends a lease that its leader is about to renew.
"""

import asyncio
import time
from typing import NamedTuple

from tickcast.publisher.broker import Broker
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import LinkDownError

DEADLINE = 1.0
"""Seconds by Redis's clock between the look and the end of the request that takes the lease."""

CONFIRM = 1.0
"""Seconds in which a leader that lives has renewed its lease: it does so at least twice as often."""

LONGEST = 6.0
"""Seconds of the longest lease, unless the setting is longer: it grows when renewals come late."""

_SHRINK = 0.98
"""What is left of such growth after a renewal in time: half of it in 17 s."""

BACK_OFF = 60.0
"""Seconds after it was deposed in which a publisher lets others go first."""

# The value of a lease is its holder and its length in ms. A lease with more than its length left, or
# without an end, is void: Redis's clock was set back, or the key was written by hand, and for an hour or
# for ever nobody would lead. What is no lease, or no token, counts as nothing.
_STATE = """
local function text(key)
  local found = redis.pcall('GET', key)
  return type(found) == 'string' and found or ''
end
local left = redis.call('PTTL', KEYS[1])
local name, length = string.match(text(KEYS[1]), '^(.*) (%d+)$')
length = tonumber(length or '0')
local fence = tonumber(string.match(text(KEYS[2]), '^%d+$') or '0')
fence = fence < 2 ^ 52 and string.format('%.0f', fence) or '0'
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local live = name and left >= 0 and left <= length
"""

_LOOK = (
    _STATE
    + """
return { now, left, live and 1 or 0, name or '', fence }
"""
)

# A token is at least Redis's clock in ms, so tokens grow even if Redis has lost the last token.
_TAKE = (
    _STATE
    + """
if now < tonumber(ARGV[3]) or now > tonumber(ARGV[4]) or fence ~= ARGV[5] or live and name ~= ARGV[1] then
  return false
end
redis.call('DEL', KEYS[1]) -- a full Redis refuses SET but behind a write
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[2])
local token = string.format('%.0f', math.max(math.floor(now / 1000), tonumber(fence) + 1))
redis.call('SET', KEYS[2], token)
return token
"""
)

# A lease that ran out, or that Redis lost, is taken again if no other publisher has led since.
_RENEW = (
    _STATE
    + """
if live and name ~= ARGV[1] then
  return name
end
if tonumber(ARGV[3]) > 0 then
  if tonumber(fence) > tonumber(ARGV[3]) then
    return 'a publisher with fencing token ' .. fence
  end
end
redis.call('DEL', KEYS[1]) -- a full Redis refuses SET but behind a write
if tonumber(ARGV[3]) > 0 then
  redis.call('SET', KEYS[2], ARGV[3])
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[2])
return false
"""
)

# The next token voids a renewal that is still on its way, and tells standbys that the leader has left.
_RELEASE = (
    _STATE
    + """
if name == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], string.format('%.0f', tonumber(fence) + 1))
end
return false
"""
)


# Tokens come from the fence alone. Beside a lease of ours, with our token in the fence, a larger one
# elsewhere was written by another program. More than an hour ahead of the clock it is void, and no obstacle.
_OUTBID = (
    _STATE
    + """
local found = tonumber(ARGV[3])
if not live or name ~= ARGV[1] or fence ~= ARGV[2] or found > now / 1000 + 3600000 then
  return false
end
local token = string.format('%.0f', found + 1)
redis.call('SET', KEYS[2], token)
return token
"""
)


_NO_FENCE = 2**53
"""A token that none is larger than."""


class DeposedError(Exception):
    """Another publisher leads now. The message names it or its token."""


class _Sight(NamedTuple):
    """The lease as a look found it."""

    time: int
    """Redis's clock, µs."""
    left: int
    """ms to live; -1: for ever, -2: there is none."""
    live: bool
    """False: void, or there is none."""
    holder: str
    fence: int
    """The newest token; 0: there is none."""

    @property
    def odd(self) -> bool:
        """Whether something is there that would not run out in time."""
        return not self.live and self.left != -2


class Lease:
    """The lease, as held or wanted by one publisher."""

    def __init__(self, broker: Broker, holder: str, seconds: float, partition: int = 0) -> None:
        """`holder` is the unique name of this publisher, `seconds` the least time to live of the lease.

        The lease of partition 0 stands for all partitions where one publisher leads them all.
        """
        self.partition = partition
        self.holder_seen = ""
        """Who held the lease at the last look; empty if nobody did."""
        self.least = seconds
        """Seconds to live while renewals come in time."""
        self._growth = 0.0
        self._broker = broker
        self._keys = [broker.names.lease(partition), broker.names.fence(partition)]
        self._holder = holder
        self._token = self._bid = 0
        self._cut_off = False
        self._yield_until = 0.0
        self._other_until = 0.0
        self._other_fence = 0
        self._back_off_until = 0.0

    @property
    def seconds(self) -> float:
        """Seconds to live of the lease at the next renewal."""
        return min(self.least + self._growth, max(LONGEST, self.least))

    def lengthen(self, seconds: float) -> None:
        """Let the lease be longer than its least by so many seconds; by less and less after that."""
        self._growth = max(seconds, self._growth * _SHRINK)

    def own_connection(self) -> Broker:
        """Return a connection for `renew` on another event loop; to be closed by the caller."""
        return self._broker.another()

    @property
    def fence(self) -> int:
        """The fencing token of the last acquisition; 0 before the first one."""
        return self._token

    async def watch(self) -> None:
        """Look at the lease without the wish to take it: a later `acquire` knows until when it is held.

        Raises LinkError.
        """
        try:
            self._may_take(await self._look())
        except LinkDownError:
            self._cut_off = True
            raise

    async def acquire(self) -> int | None:
        """Return a new fencing token, or None while another publisher leads.

        After Redis was unreachable, hung or lost its data, the last leader gets time to return first: it
        alone remembers the lost data and can write it back. Raises LinkError.
        """
        try:
            sight = await self._look()
            if not self._may_take(sight):
                return None
            if sight.odd:
                # Void, but there: Redis's clock was set back, and a leader that lives renews soon.
                await asyncio.sleep(CONFIRM)
                if (sight := await self._look()).live:
                    return None
            return await self._take(sight)
        except LinkDownError:
            self._cut_off = True
            raise

    def back_off(self) -> None:
        """Let others go first for BACK_OFF seconds: this publisher was deposed.

        Until then it takes a lease that ran out only after the time of a lease more, in which its holder,
        which may be late too, or another standby takes it. A lease that was given up it takes at once.
        """
        now = time.monotonic()
        self._back_off_until = now + BACK_OFF
        self._other_until, self._other_fence = now + 2 * self.seconds, _NO_FENCE

    async def renew(self, broker: Broker | None = None) -> None:
        """Extend the lease to its full time, over a connection of the caller if given.

        Raises DeposedError, LinkError.
        """
        args: list[Argument] = [self._holder, round(self.seconds * 1000), self._token]
        other = await (broker or self._broker).script(_RENEW, self._keys, args)
        if other is not None and other != b"a publisher with fencing token %d" % self._bid:
            raise DeposedError(f"{other.decode(errors='replace')} leads")

    async def outbid(self, token: int) -> int:
        """Return a new token above `token`, which another program wrote; 0 if a publisher may have got it.

        Raises LinkError.
        """
        # Known before Redis does it: a renewal on another thread may meet the new token first.
        self._bid = token + 1
        args: list[Argument] = [self._holder, self._token, token]
        taken = await self._broker.script(_OUTBID, self._keys, args)
        if taken is not None:
            self._token = int(taken)
            return self._token
        self._bid = 0
        return 0

    async def release(self) -> None:
        """Give up the lease, if held, so that a standby leads at once. Raises LinkError."""
        await self._broker.script(_RELEASE, self._keys, [self._holder])

    def _may_take(self, sight: _Sight) -> bool:
        now = time.monotonic()
        if sight.live and sight.holder != self._holder:
            patience = self.seconds if now < self._back_off_until else 0.0
            self._other_until, self._other_fence = now + sight.left / 1000 + patience, sight.fence
            return False
        if self._cut_off:
            self._cut_off, self._yield_until = False, now + self.least
        released = sight.fence > self._other_fence
        return now >= self._yield_until and (released or sight.odd or now >= self._other_until)

    async def _look(self) -> _Sight:
        found = await self._broker.script(_LOOK, self._keys, [])
        now, left, live, holder, fence = found
        self.holder_seen = holder.decode(errors="replace") if live else ""
        return _Sight(now, left, bool(live), holder.decode(errors="replace"), int(fence))

    async def _take(self, sight: _Sight) -> int | None:
        deadline = sight.time + round(DEADLINE * 1e6)
        args: list[Argument] = [self._holder, round(self.seconds * 1000), sight.time, deadline, sight.fence]
        token = await self._broker.script(_TAKE, self._keys, args)
        self._token = int(token or 0)
        return self._token or None
