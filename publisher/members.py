"""The list of publishers that share a feed, in Redis: each renews its own entry and reads all."""

from tickcast.publisher.broker import Broker
from tickcast.publisher.sharing import Member
from tickcast.runtime.redis.client import Argument

ALIVE_WITHIN = 1.5
"""Seconds since its last renewal within which a publisher takes part: less than a lease lasts."""

# The value of an entry is when the publisher joined, when it was last seen, the leases that it holds, and its
# source. Who was lost for a while joins again, as the youngest: the others have its share by now.
_JOIN = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
  redis.call('DEL', KEYS[1])
end
local function alive(value)
  local since, seen, leases, source = string.match(value or '', '^(%d+) (%d+) (%d+) (.*)$')
  if since and math.abs(now - tonumber(seen)) <= tonumber(ARGV[4]) then
    return since, leases, source
  end
end
local joined = alive(redis.call('HGET', KEYS[1], ARGV[1]) or '') or string.format('%.0f', now)
redis.call('HDEL', KEYS[1], ARGV[1]) -- a full Redis refuses HSET but behind a write
local entry = { joined, string.format('%.0f', now), ARGV[2], ARGV[3] }
redis.call('HSET', KEYS[1], ARGV[1], table.concat(entry, ' '))
redis.call('EXPIRE', KEYS[1], 60)
local held, found = redis.call('HGETALL', KEYS[1]), {}
for at = 1, #held, 2 do
  local since, leases, source = alive(held[at + 1])
  if since then
    for _, each in ipairs({ since, held[at], leases, source }) do
      found[#found + 1] = each
    end
  else
    redis.call('HDEL', KEYS[1], held[at])
  end
end
return found
"""

_LEAVE = "return redis.call('HDEL', KEYS[1], ARGV[1])"


class Members:
    """The entry of this publisher, and the list of all."""

    def __init__(self, broker: Broker, name: str, source: str) -> None:
        self.name = name
        """Name of this publisher."""
        self._broker = broker
        self._source = source
        self._key = [broker.names.publishers()]

    async def renew(self, leases: int) -> list[Member]:
        """Renew the entry of this publisher, which holds so many leases; return all. Raises LinkError."""
        args: list[Argument] = [self.name, leases, self._source, round(ALIVE_WITHIN * 1e6)]
        found = await self._broker.script(_JOIN, self._key, args)
        text = [each.decode("utf-8", "replace") for each in found]
        fields = [text[at : at + 4] for at in range(0, len(text), 4)]
        return [Member(int(joined), name, source, int(held)) for joined, name, held, source in fields]

    async def leave(self) -> None:
        """Remove the entry of this publisher, so that the others take its share at once. Raises LinkError."""
        await self._broker.script(_LEAVE, self._key, [self.name])
