-- Hands in an entry: appends it to the inbox of one partition, unless the inbox is full.
--
-- KEYS  inbox      `{tickcast:F:p}:in`; the count of its bytes, `{tickcast:F:p}:in:held`, has the same hash tag
-- ARGV  limit      bytes that the inbox may hold; one producer may hold half of them
--       field, value, ...   each field once (wire/inbox.py):
--         i d h r    instruments, ticks, states, symbols to retire: lines, LF between
--         by         the producer's id; entries without one count as those of one producer together
--         n          the entry's number, larger than all before of this producer and partition
-- Returns one of
--   {"ok", id}            taken
--   {"full", bytes, why}  not taken: hand in the same again later. `why` is "inbox" or "producer", whose bytes
--                         these are, or "redis", which has no memory left
--   {"wrong", key, type}  not taken: another program wrote this key. The publisher moves it aside, or an operator;
--                         hand in the same again later
--   {"refused", reason}   not taken, and never will be
-- Bounds are those of wire/bounds.py. An entry that was appended by XADD is not counted.
local inbox = KEYS[1]
local held = inbox .. ':held'

-- Bytes that an entry takes beside its fields, about.
local OVERHEAD = 128

local limit = tonumber(ARGV[1])
if not limit or limit < 1 or #ARGV < 3 or #ARGV % 2 == 0 then
  return { 'refused', 'the arguments are a limit in bytes, then fields and values in pairs' }
end
local LINES = { i = true, d = true, h = true, r = true }
local seen, entry, by, size, bytes, lines = {}, {}, '', OVERHEAD, 0, 0
for at = 2, #ARGV, 2 do
  local name, value = ARGV[at], ARGV[at + 1]
  if not LINES[name] and name ~= 'by' and name ~= 'n' then
    return { 'refused', 'no field is called ' .. string.sub(name, 1, 40) .. '; there are i, d, h, r, by, n' }
  end
  if seen[name] then
    return { 'refused', 'the field ' .. name .. ' is there twice' }
  end
  seen[name], entry[at - 1], entry[at] = true, name, value
  size = size + #name + #value
  if LINES[name] then
    bytes = bytes + #value
    lines = lines + select(2, string.gsub(value, '\n', '\n'))
    if value ~= '' and string.sub(value, -1) ~= '\n' then
      lines = lines + 1
    end
  elseif name == 'by' then
    by = value
  elseif #value > 16 or not string.find(value, '^%d+$') or tonumber(value) > 9007199254740991 then
    return { 'refused', 'n: a whole number is needed, 0 to 9007199254740991' }
  end
end
if lines == 0 or lines > 1000 or bytes > 262144 then
  return { 'refused', lines .. ' lines, ' .. bytes .. ' bytes; an entry has 1 to 1000 and at most 262144' }
end
if seen.by then
  -- Bytes of UTF-8 that continue a character are not counted.
  local characters = select(2, string.gsub(by, '[^\128-\191]', ''))
  if characters < 1 or characters > 64 or #by > 256 or string.find(by, '%c') then
    return { 'refused', 'by: a producer\'s id has 1 to 64 characters, none of them a control character' }
  end
elseif seen.n then
  return { 'refused', 'n: a number needs by, the producer that it counts for' }
end
if size > limit / 2 then
  return { 'refused', 'an entry of ' .. size .. ' bytes never fits: a producer may hold half of ' .. limit }
end

-- An inbox that was emptied by hand leaves counts behind.
local entries = redis.pcall('XLEN', inbox)
local counts = redis.pcall('HMGET', held, 'all', 'by ' .. by)
if type(entries) == 'table' then
  return { 'wrong', inbox, redis.call('TYPE', inbox).ok }
end
if counts.err then
  return { 'wrong', held, redis.call('TYPE', held).ok }
end
local all, own = tonumber(counts[1] or '') or 0, tonumber(counts[2] or '') or 0
if entries == 0 then
  all, own = 0, 0
end
if all + size > limit then
  return { 'full', all, 'inbox' }
end
if own + size > limit / 2 then
  return { 'full', own, 'producer' }
end

-- The size goes into the entry, so that the publisher gives back exactly what was counted.
entry[#entry + 1], entry[#entry + 2] = 'c', size
local id = redis.pcall('XADD', inbox, '*', unpack(entry))
if type(id) == 'table' then
  if string.find(id.err, 'OOM ', 1, true) then
    return { 'full', all, 'redis' }
  end
  return id
end
-- Redis refuses no command for its memory in a script that has written.
if entries == 0 then
  redis.call('DEL', held)
end
redis.call('HINCRBY', held, 'all', size)
redis.call('HINCRBY', held, 'by ' .. by, size)
return { 'ok', id }
