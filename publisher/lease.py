"""Leadership among publishers: a key in Redis with a time to live, and a fencing token for each new leader.

The lease lets one publisher lead at a time. The token makes that safe: the scripts refuse a writer whose
token is not the newest.
"""

import time

from tickcast.publisher.broker import Broker
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import LinkDownError
from tickcast.wire import names

# The value of a lease is its holder and its length in ms. A lease with more than its length left, or
# without an end, is void: Redis's clock was set back, or the key was written by hand, and for an hour or
# for ever nobody would lead.
# A token is at least Redis's clock in ms, so tokens grow even if Redis has lost the last token.
_ACQUIRE = """
local left = redis.call('PTTL', KEYS[1])
if left >= 0 then
  local length = tonumber(string.match(redis.call('GET', KEYS[1]) or '', ' (%d+)$'))
  if length and left <= length then
    return false
  end
end
if ARGV[4] == '1' then
  return 'wait'
end
if ARGV[3] == '1' and redis.call('EXISTS', KEYS[2]) == 0 then
  return 'emptied'
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local now = redis.call('TIME')
local token = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
token = string.format('%.0f', math.max(token, tonumber(redis.call('GET', KEYS[2]) or '0') + 1))
redis.call('SET', KEYS[2], token)
return token
"""

# A lease that ran out, or that Redis lost, is taken again if no other publisher has taken it.
_RENEW = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return holder
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return false
"""


class DeposedError(Exception):
    """Another publisher leads now. The message names it or its token."""


class Lease:
    """The lease, as held or wanted by one publisher."""

    def __init__(self, broker: Broker, holder: str, seconds: float) -> None:
        """`holder` is the unique name of this publisher, `seconds` the time to live of the lease."""
        self.seconds = seconds
        self._broker = broker
        self._ms = round(seconds * 1000)
        self._holder = f"{holder} {self._ms}"
        self._patient_until = 0.0
        self._cut_off = False
        self._yield_until = 0.0

    async def acquire(self) -> int | None:
        """Return a new fencing token, or None while another publisher leads.

        After Redis was unreachable or lost its data, the last leader gets time to return first: it alone
        remembers the lost data and can write it back. Raises LinkError.
        """
        now = time.monotonic()
        yields = self._cut_off or now < self._yield_until
        args: list[Argument] = [self._holder, self._ms, int(now < self._patient_until), int(yields)]
        try:
            token = await self._broker.script(_ACQUIRE, [names.lease(), names.fence()], args)
        except LinkDownError:
            self._cut_off = True
            raise
        if self._cut_off:
            self._cut_off, self._yield_until = False, now + self.seconds
        if token is None:
            self._patient_until = now + self.seconds
        return None if token in (None, b"emptied", b"wait") else int(token)

    async def renew(self) -> None:
        """Extend the lease to its full time. Raises DeposedError, LinkError."""
        other = await self._broker.script(_RENEW, [names.lease()], [self._holder, self._ms])
        if other is not None:
            raise DeposedError(f"{other.decode(errors='replace').rpartition(' ')[0]} leads")

    async def release(self) -> None:
        """Give up the lease, if held, so that a standby leads at once. Raises LinkError."""
        await self._broker.script(_RELEASE, [names.lease()], [self._holder])
