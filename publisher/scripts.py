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

# Returns maxmemory and maxmemory-policy.
MEMORY = """
local found = redis.call('INFO', 'memory')
return { string.match(found, 'maxmemory:(%d+)'), string.match(found, 'maxmemory_policy:([%w-]+)') }
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
