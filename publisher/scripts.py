"""Small Lua scripts of the writer; those of the contract are in wire/."""

# As in publish.lua, the name of a list is the name of the hash, a colon and the bar key.
# It leaves alone what is no list: publish.lua moves that aside.
# ARGV: names of the intervals; for each, the number of bars to keep; bar keys.
TRIM = """
local keep, number = {}, string.gmatch(ARGV[2], '%d+')
for interval in string.gmatch(ARGV[1], '%w+') do
  keep[interval] = number()
end
for at = 3, #ARGV do
  local kept = keep[string.match(ARGV[at], '\t(%w+)$')]
  if kept then
    redis.pcall('LTRIM', KEYS[1] .. ':' .. ARGV[at], '-' .. kept, '-1')
  end
end
return false
"""
# Returns the newest final bar of each bar key, or an empty text.
FINAL = """
local found = {}
for at = 1, #ARGV do
  local bar = redis.pcall('LINDEX', KEYS[1] .. ':' .. ARGV[at], -1)
  found[at] = type(bar) == 'string' and bar or ''
end
return found
"""

# Only the newest writer may say so.
SETTLED = """
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'before')
end
return false
"""

DROP = "return redis.call('UNLINK', KEYS[1])"

# Returns the bytes that Redis uses, maxmemory and maxmemory-policy.
MEMORY = """
local found = redis.call('INFO', 'memory')
return {
  string.match(found, 'used_memory:(%d+)'), string.match(found, 'maxmemory:(%d+)'),
  string.match(found, 'maxmemory_policy:([%w-]+)'),
}
"""

# Returns what the meta of partition 0 says of the feed; nothing where the key has another type.
SHAPE = """
local held = redis.pcall('HMGET', KEYS[1], 'partitions', 'case')
return held.err and { false, false } or held
"""

EXISTS = "return redis.call('EXISTS', KEYS[1])"

# Moves aside each of KEYS that has another type than ARGV says; returns key, type and new name of each.
MOVE_ASIDE = """
local now, moved = redis.call('TIME'), {}
for at, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= ARGV[at] then
    local aside = key .. ':displaced:' .. now[1] .. string.format('%03d', math.floor(tonumber(now[2]) / 1000))
    redis.call('RENAME', key, aside)
    moved[#moved + 1], moved[#moved + 2], moved[#moved + 3] = key, found, aside
  end
end
return moved
"""
# Returns id and bytes of the first entry of the inbox after ARGV[1]; of none, '' and 0.
LOOK = """
local found = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 1)[1]
if not found then
  return { '', 0 }
end
local size = 0
for _, part in ipairs(found[2]) do
  size = size + #part
end
return { found[1], size }
"""
# Makes ids of new entries larger than all that were read: an inbox that was made again, on a machine whose
# clock is behind, would have ids that are never read. An older copy of the inbox, on a replica that was
# promoted, holds entries whose ticks are written: they are dropped.
# KEYS: meta, inbox, producers. ARGV: newest entry whose ticks are written, or ''; the first id after it;
# newest entry that was read; "lost" if Redis has lost data, "renew" if an id is too large, else "start";
# producers and what is remembered of each.
# Returns the number of entries that got another id.
RAISE = """
local meta, inbox, producers = KEYS[1], KEYS[2], KEYS[3]
local taken, next_id, read, renew = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == 'renew'
redis.call('HDEL', meta, 'trouble') -- a full Redis refuses nothing in a script that has written
local older_copy = ARGV[4] == 'lost' and redis.call('HEXISTS', meta, 'in') == 1
if older_copy and taken ~= '' then
  redis.call('HSET', meta, 'in', taken)
  redis.call('XTRIM', inbox, 'MINID', next_id)
end
for at = 5, #ARGV, 2 do
  redis.call('HSET', producers, ARGV[at], ARGV[at + 1])
end
local last = '0-0'
if redis.call('EXISTS', inbox) == 1 then
  local about = redis.call('XINFO', 'STREAM', inbox)
  for at = 1, #about, 2 do
    last = about[at] == 'last-generated-id' and about[at + 1] or last
  end
end
local function parts(id)
  local ms, seq = string.match(id, '(%d+)-(%d+)')
  return tonumber(ms), tonumber(seq)
end
local last_ms, last_seq = parts(last)
local read_ms, read_seq = parts(read)
if not renew and (last_ms > read_ms or (last_ms == read_ms and last_seq >= read_seq)) then
  return 0
end
local new = {}
if not older_copy then
  new = redis.call('XRANGE', inbox, renew and '(' .. read or '-', '+')
  redis.call('DEL', inbox)
end
if read ~= '0-0' then
  redis.call('XADD', inbox, read, 'x', 'x')
  redis.call('XDEL', inbox, read)
end
for _, entry in ipairs(new) do
  redis.call('XADD', inbox, '*', unpack(entry[2]))
end
return #new
"""

# KEYS: meta, then hashes. ARGV: fence; for each hash the number of its values, and how many pairs of field
# and value to compare, then the pairs.
# Returns, for each hash, a list of the fields that had another value and have the right one now, and a list
# of all fields if there are more than that number; such a list is empty where there are not.
COMPARE = """
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return {}
end
local answer, at = {}, 2
for number = 2, #KEYS do
  local key, mended = KEYS[number], {}
  local known, pairs_ = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  for _ = 1, pairs_ do
    -- What is longer is another value: it need not be read.
    local field, value = ARGV[at], ARGV[at + 1]
    if redis.call('HSTRLEN', key, field) ~= #value or redis.call('HGET', key, field) ~= value then
      redis.call('HSET', key, field, value)
      mended[#mended + 1] = field
    end
    at = at + 2
  end
  answer[#answer + 1] = mended
  answer[#answer + 1] = redis.call('HLEN', key) > known and redis.call('HKEYS', key) or {}
end
return answer
"""

# KEYS: meta, last, bars, hash. ARGV: fence, fields to remove from the hash. Returns how many were there.
REMOVE = """
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return 0
end
local gone = 0
for from = 2, #ARGV, 2000 do
  gone = gone + redis.call('HDEL', KEYS[4], unpack(ARGV, from, math.min(from + 1999, #ARGV)))
end
redis.call('HSET', KEYS[1], 'symbols', redis.call('HLEN', KEYS[2]), 'bars', redis.call('HLEN', KEYS[3]))
return gone
"""

# Before anything of it is read: what no value can be as long as, a slice of a hash at a time.
# KEYS: meta, hash, last, bars. ARGV: fence, cursor, fields of a slice, the most bytes of a field, of a value.
# Returns the cursor of the next slice, and how many values were removed; no cursor for who is deposed.
SHORTEN = """
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return { '0', 0 }
end
-- Without their values, where Redis can: one may have half a GB.
local found, step = redis.pcall('HSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3], 'NOVALUES'), 1
if found.err then
  found, step = redis.call('HSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3]), 2
end
local gone = 0
for at = 1, #found[2], step do
  local field = found[2][at]
  if #field > tonumber(ARGV[4]) or redis.call('HSTRLEN', KEYS[2], field) > tonumber(ARGV[5]) then
    gone = gone + redis.call('HDEL', KEYS[2], field)
  end
end
if gone > 0 then
  redis.call('HSET', KEYS[1], 'symbols', redis.call('HLEN', KEYS[3]), 'bars', redis.call('HLEN', KEYS[4]))
end
return { found[1], gone }
"""

# Few entries are looked at: of more, their number says enough. KEYS: hashes in which gateways write.
# ARGV: for each of them, the most entries, the most bytes. Returns for each the number of entries if it was
# removed, else -1.
BOUND = """
local answer = {}
for at, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  local count = kind == 'hash' and redis.call('HLEN', key) or 0
  if kind == 'none' or kind == 'hash' and count <= tonumber(ARGV[2 * at - 1])
      and redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) <= tonumber(ARGV[2 * at]) then
    answer[at] = -1
  else
    redis.call('UNLINK', key)
    answer[at] = count
  end
end
return answer
"""
