"""Lua scripts of the delayer."""

# Where the delayer before stopped. KEYS: copied, clock. Returns both; empty, if there is none of that type.
STOPPED = """
local copied, clock = redis.pcall('GET', KEYS[1]), redis.pcall('GETRANGE', KEYS[2], 0, 8191)
return { type(copied) == 'string' and copied or '', type(clock) == 'string' and clock or '' }
"""

# How a partition of the feed stands. KEYS: meta. Returns Redis's clock in µs, epoch, newest id, when its
# publisher was last heard, and, of partition 0, the number of partitions and the case of symbols.
STANDING = """
local now = redis.call('TIME')
local found = redis.pcall('HMGET', KEYS[1], 'epoch', 'id', 'sent', 'partitions', 'case')
if found.err then
  found = { false, false, false, false, false }
end
local answer = { tonumber(now[1]) * 1000000 + tonumber(now[2]) }
for at = 1, 5 do
  answer[at + 1] = found[at] or ''
end
return answer
"""

# The newest values of a partition, as of one moment. KEYS: meta, last, symbols.
# Returns Redis's clock in µs, epoch, newest id, values of last, values of symbols.
SNAPSHOT = """
local now = redis.call('TIME')
local found = redis.call('HMGET', KEYS[1], 'epoch', 'id')
return {
  tonumber(now[1]) * 1000000 + tonumber(now[2]), found[1] or '', found[2] or '',
  redis.call('HVALS', KEYS[2]), redis.call('HVALS', KEYS[3])
}
"""

# Keeps entries until they are due, and notes up to where the feed is copied, in one step.
# KEYS: inbox, held, copied, clock. ARGV: what `copied` is now; epoch and id up to which the feed is copied
# then; bytes that the inbox may hold; the newest entry that was read where a gap begins,
# else ""; what `clock` is then; for each entry the number of its parts, then its fields and values.
# Returns {"ok", copied}; {"full", bytes, more}: there is no room for all, which take `more`, and none is
# kept; {"other", copied}: it is another now; {"lost"}: what was kept last is not there any more.
HOLD = """
local inbox, held, copied = KEYS[1], KEYS[2], KEYS[3]
local now = redis.pcall('GET', copied)
if type(now) == 'table' then
  redis.call('DEL', copied)
  now = false
end
if (now or '') ~= ARGV[1] then
  return { 'other', now or '' }
end
local function parts(id)
  local ms, seq = string.match(id, '(%d+)-(%d+)')
  return tonumber(ms), tonumber(seq)
end
local function has_had(id)
  local top = '0-0'
  if redis.call('EXISTS', inbox) == 1 then
    local about = redis.call('XINFO', 'STREAM', inbox)
    for at = 1, #about, 2 do
      top = about[at] == 'last-generated-id' and about[at + 1] or top
    end
  end
  local ms, seq = parts(id)
  local top_ms, top_seq = parts(top)
  return top_ms > ms or (top_ms == ms and top_seq >= seq)
end
-- The last word of `copied` is the newest entry: ids only grow, so a stream that has had less was made again.
local last = string.match(ARGV[1], ' (%d+%-%d+)$')
if ARGV[5] ~= '' then
  -- Of what was made again, or is an older copy, the reader reads only what has larger ids.
  if not has_had(ARGV[5]) then
    redis.call('XADD', inbox, ARGV[5], 'x', 'x')
    redis.call('XDEL', inbox, ARGV[5])
  end
elseif last and not has_had(last) then
  return { 'lost' }
end
local sizes, total, at = {}, 0, 7
while at <= #ARGV do
  local size = 128
  for part = at + 1, at + tonumber(ARGV[at]) do
    size = size + #ARGV[part]
  end
  sizes[#sizes + 1], total = size, total + size
  at = at + 1 + tonumber(ARGV[at])
end
if redis.call('XLEN', inbox) == 0 then
  redis.call('DEL', held)
end
local all = tonumber(redis.call('HGET', held, 'all') or '') or 0
if all + total > tonumber(ARGV[4]) then
  return { 'full', all, total }
end
at = 7
local newest = last or '0-0'
for _, size in ipairs(sizes) do
  local entry = { unpack(ARGV, at + 1, at + tonumber(ARGV[at])) }
  entry[#entry + 1], entry[#entry + 2] = 'c', size
  newest = redis.call('XADD', inbox, '*', unpack(entry))
  at = at + 1 + tonumber(ARGV[at])
end
redis.call('HINCRBY', held, 'all', total)
redis.call('HINCRBY', held, 'by delayer', total)
local own = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. newest
redis.call('SET', copied, own)
redis.call('SET', KEYS[4], ARGV[6])
return { 'ok', own }
"""
