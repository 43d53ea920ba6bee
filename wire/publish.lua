-- Writes one batch to one partition, in one atomic step: checks the writer, appends to the log, updates
-- last values and bars, publishes. A batch without lines is a heartbeat, which is only published.
--
-- KEYS  meta, log, last, live, bars
-- ARGV  fence      fencing token of the writing publisher
--       epoch      the epoch that claim.lua returned
--       prev       "ms-seq": the newest id that the publisher knows
--       n          number of this batch, counting up by one; a call repeated after a lost answer repeats it
--       minid      "ms-seq": log entries before it are dropped
--       command    PUBLISH or SPUBLISH
--       count      number of ticks
--       lines      SYMBOL<TAB>JSON<LF>, count times
--       bars       number of bars
--       lines      SYMBOL<TAB>JSON<LF>, that many times
--       keep       number of final 1 s bars to keep of each symbol
--       keep       number of final 1 m bars to keep of each symbol
-- Returns {"ok", id}; {"fenced", token} if a publisher with this newer token has claimed the partition; or
-- {"lost", epoch, id} if Redis lost data of this writer: it was emptied, or an old replica was promoted.
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

-- Ids follow Redis's clock. When that clock was set back they count up from the last id. The number
-- within a ms stays under 2^21, the bound of wire/position.py.
-- %.0f prints the whole numbers that math.floor returns exactly, up to 2^53.
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
  -- This writer knows that the log is complete, so a restart of the server changes nothing for readers.
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
  -- An entry that was added by hand is on top of the log: the batch gets an id above it. But an entry from
  -- the future would move all later ids into the future, so delete the log: that allows lower ids again.
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
-- A bar is final when a bar of another time follows it. The names of the lists are not in KEYS, but they
-- have the hash tag of KEYS, so in a cluster they are on this node.
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
