"""Lua scripts that let a repeated request, at whatever publisher, hand in nothing twice.

What is known of requests with an Idempotency-Key is in hashes beside the inboxes, one for each ten minutes,
so that what is old goes away with its hash. Beside the inbox that the hash of the key chooses, `KEYHASH` has
`TIME BODYHASH`. Beside each inbox that took lines of the request, `KEYHASH TIME` has the id of the entry.

The fields `by` and `n` of an entry would not do: each request would be a producer, and push the real ones out
of those that are remembered.
"""

from tickcast.wire.scripts import HAND_IN

_KNOWN = """
local now, life, most = tonumber(redis.call('TIME')[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local turn = math.floor(now / life)
local current, before = KEYS[1] .. ':' .. turn, KEYS[1] .. ':' .. (turn - 1)
local known = redis.call('HGET', current, ARGV[1]) or redis.call('HGET', before, ARGV[1])
local full = redis.call('HLEN', current) >= most
local function remember(value)
  redis.call('HSET', current, ARGV[1], value)
  redis.call('EXPIRE', current, 2 * life)
end
"""

BEGIN = (
    _KNOWN
    + """
-- KEYS requests; ARGV hash of the key, seconds that it is known, most in a hash, hash of the body.
-- Returns {"same" or "new", time}, {"other"} if the body was another one, {"full"}.
if known then
  local began, body = string.match(known, '^(%d+) (.*)$')
  if now - tonumber(began) < life then
    return body == ARGV[4] and { 'same', began } or { 'other' }
  end
end
if full then
  return { 'full' }
end
remember(string.format('%d %s', now, ARGV[4]))
return { 'new', string.format('%d', now) }
"""
)

HAND_IN_ONCE = (
    "local function hand_in(KEYS, ARGV)\n"
    + HAND_IN
    + "\nend\n"
    + _KNOWN
    + """
-- KEYS requests, inbox; ARGV the request, seconds that it is known, most in a hash, what hand_in.lua takes.
-- Returns what hand_in.lua does, of a request that is known what it returned then.
if known then
  return { 'ok', known }
end
if full then
  return { 'full', most, 'requests' }
end
local answer = hand_in({ KEYS[2] }, { unpack(ARGV, 4) })
if answer[1] == 'ok' then
  remember(answer[2])
end
return answer
"""
)
