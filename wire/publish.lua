-- Writes one batch to one partition, in one atomic step: checks the writer, appends to the
-- log, updates last values and bars, publishes. Without lines it is a heartbeat, published only.
--
-- KEYS  meta, log, last, live, bars
-- ARGV  fence      fencing token of the writing publisher
--       epoch      the epoch it writes in
--       prev       "ms-seq": the newest id it knows of
--       n          number of this batch, +1 each; a call repeated after a lost answer has the same
--       minid      "ms-seq": log entries before it are dropped
--       command    PUBLISH or SPUBLISH
--       count      number of ticks
--       lines      SYMBOL<TAB>JSON<LF>, count times
--       bars       number of bars
--       lines      SYMBOL<TAB>JSON<LF>, that many times
--       keep       number of final bars of a symbol to keep, of 1 s
--       keep       the same, of 1 m
-- Returns {"ok", id}, {"fenced", the newer token}, or {"lost", epoch, id} when Redis no longer
-- holds what the writer had written: it was emptied, or an old replica was promoted.
local meta, log, last, live, bars = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local held = redis.call('HMGET', meta, 'epoch', 'id', 'fence', 'n', 'run')
local epoch, id = held[1], held[2]
if held[3] and tonumber(held[3]) > tonumber(ARGV[1]) then
  return { 'fenced', held[3] }
end
local count = tonumber(ARGV[7]) + tonumber(ARGV[9])
if count > 0 and held[4] == ARGV[4] and held[3] == ARGV[1] and epoch == ARGV[2] then
  return { 'ok', id }
end
if epoch ~= ARGV[2] or id ~= ARGV[3] or held[3] ~= ARGV[1] then
  return { 'lost', epoch or '', id or '' }
end

-- Ids follow Redis's clock, and go on from the last one when that clock was set back. The
-- number within a ms stays under 2^21, which is as far as readers count.
-- math.floor keeps whole numbers: %.0f prints them exactly up to 2^53.
local now = redis.call('TIME')
local sent = now[1] .. string.format('%06d', tonumber(now[2]))
local ms = math.floor(tonumber(sent) / 1000)
local function after(other)
  local other_ms, other_seq = string.match(other, '^(%d+)-(%d+)$')
  if ms > tonumber(other_ms) then
    return string.format('%.0f-0', ms)
  end
  if tonumber(other_seq) >= 2097151 then
    return string.format('%.0f-0', tonumber(other_ms) + 1)
  end
  return other_ms .. '-' .. string.format('%.0f', tonumber(other_seq) + 1)
end

if count == 0 then
  -- What the writer knows to be complete stays so when the server was started anew.
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if held[5] ~= run then
    redis.call('HSET', meta, 'run', run)
  end
  redis.call(ARGV[6], live, table.concat({ '1', epoch, id, id, sent, '0', '0' }, ' ') .. '\n')
  return { 'ok', id }
end

local function append(own)
  local batch = table.concat({ '1', epoch, own, id, sent, ARGV[7], ARGV[9] }, ' ') .. '\n' .. ARGV[8] .. ARGV[10]
  local added = redis.pcall('XADD', log, 'MINID', '~', ARGV[5], own, 'b', batch)
  if type(added) == 'table' and added.err then
    return nil, added
  end
  return batch
end

local own = after(id)
local batch, failed = append(own)
if not batch then
  -- Somebody else put an entry on top of the log by hand; ours goes above it. But one from the
  -- future would drag all our ids along, and no id can go below it again while the log exists.
  local top = redis.call('XINFO', 'STREAM', log)
  for at = 1, #top, 2 do
    if top[at] == 'last-generated-id' then
      if tonumber(string.match(top[at + 1], '^%d+')) > ms + 1000 then
        redis.call('DEL', log)
      else
        own = after(top[at + 1])
      end
    end
  end
  batch, failed = append(own)
  if not batch then
    return failed
  end
end

local fields = {}
for symbol, json in string.gmatch(ARGV[8], '([^\t\n]+)\t([^\n]*)\n') do
  fields[#fields + 1] = symbol
  fields[#fields + 1] = json
  if #fields == 2000 then -- Lua's stack holds 8,000
    redis.call('HSET', last, unpack(fields))
    fields = {}
  end
end
if #fields > 0 then
  redis.call('HSET', last, unpack(fields))
end
-- A bar is final when one of another time follows it. The lists' names are no KEYS, but they carry
-- the same hash tag as the hash, so a cluster finds them on this node.
local keep = { ['1s'] = ARGV[11], ['1m'] = ARGV[12] }
for symbol, json, interval, start in
  string.gmatch(ARGV[10], '([^\t\n]+)\t({"S":"[^"\n]*","i":"(1[sm])","t":(%d+)[^\n]*)\n')
do
  local key = symbol .. ' ' .. interval
  local before = redis.call('HGET', bars, key)
  if before and string.match(before, '"t":(%d+)') ~= start then
    local list = bars .. ':' .. key
    redis.call('RPUSH', list, before)
    redis.call('LTRIM', list, '-' .. keep[interval], '-1')
  end
  redis.call('HSET', bars, key, json)
end
redis.call('HSET', meta, 'id', own, 'n', ARGV[4])
redis.call(ARGV[6], live, batch)
return { 'ok', own }
