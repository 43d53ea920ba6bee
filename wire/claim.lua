-- Makes a publisher the writer of one partition, in one atomic step.
--
-- KEYS  meta, log, last, symbols, bars
-- ARGV  fence      fencing token of the claiming publisher
--       epoch      a new epoch, used if the log has none, if `renew` is "1", or if the partition is not whole
--       renew      "1": data was lost, so start the new epoch and write the ticks and bars below;
--                  "2": write the ticks and bars below, in the same epoch if this writer wrote its newest id;
--                  "0": do neither unless it is necessary
--       floor      "ms-seq": the newest id that the publisher knows; later ids are above it
--       instruments, then that many pairs of symbol and JSON, always written
--       ticks, then that many pairs of symbol and JSON, written if the epoch is new or `renew` is "2"
--       bars, then that many pairs of bar key and JSON, written likewise
--       source     name of the publisher's source, by which readers know a simulation; optional
--       partitions  number of partitions of the feed; optional, given for partition 0
--       case       "upper" or "keep": what the feed does with lower-case letters in symbols; given with partitions
-- If the epoch is new and the writer does not remember the last one ("0"), the log becomes `log:ended` for a minute:
-- its ticks belong to bars that are still open.
-- Returns {"ok", epoch, id}, and key, type and new name of each key that had another type and was moved aside;
-- or {"fenced", token} if a publisher with this newer token has claimed the partition.
local meta, log, last, symbols, bars = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now = redis.call('TIME')
local ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)

-- Tokens and ids follow Redis's clock. More than an hour ahead of it they were written by hand, or the clock
-- was wrong, and are void.
local LATEST = ms + 3600000

local types = {}
for at, key in ipairs(KEYS) do
  types[at] = redis.call('TYPE', key).ok
end
local held = {}
if types[1] == 'hash' then
  held = redis.call('HMGET', meta, 'epoch', 'id', 'fence', 'run', 'symbols', 'bars')
  local fence = tonumber(held[3] or '')
  if fence and fence > tonumber(ARGV[1]) and fence <= LATEST then
    return { 'fenced', held[3] }
  end
end

-- Like the lists of bars not in KEYS, but with their hash tag.
local ended = log .. ':ended'
if redis.call('TYPE', ended).ok ~= 'stream' then
  redis.call('DEL', ended)
end

local moved = {}
for at, key in ipairs(KEYS) do
  if types[at] ~= 'none' and types[at] ~= (key == log and 'stream' or 'hash') then
    local aside = key .. ':displaced:' .. string.format('%.0f', ms)
    redis.call('RENAME', key, aside)
    moved[#moved + 1], moved[#moved + 2], moved[#moved + 3] = key, types[at], aside
  end
end

-- A full Redis refuses what needs memory, but not in a script that has written: without a writer nothing would
-- make room. What the writer before said of its troubles is true no longer.
redis.call('HDEL', meta, 'n', 'trouble')

-- unpack() puts every argument on Lua's stack, which holds 8,000.
local function write(key, first, count)
  for from = first, first + 2 * count - 1, 2000 do
    redis.call('HSET', key, unpack(ARGV, from, math.min(from + 1999, first + 2 * count - 1)))
  end
end

-- A server that was restarted, or a replica that was promoted, may have lost the newest batches, and a new
-- writer cannot know. Readers may have received them, so a new epoch tells readers of a gap. So it does if
-- newest values are missing: the `q` of their symbols begins at 1 again. A writer that wrote the newest id
-- itself remembers all of them. Nobody knows what else was changed beside a key of another type.
-- The process alone is not enough: a master that was demoted, and is promoted again, has an old history.
local process = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
local run = process .. ':' .. (string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or '')
local same_run = held[4] == run or held[4] == process -- as versions before 0.2 wrote it
local epoch, id = held[1], held[2]
local function is_epoch(text)
  return text and #text == 16 and string.match(text, '^[0-9a-f]+$')
end
-- The bounds are those of wire/position.py.
local function is_id(text)
  local id_ms, seq = string.match(text or '', '^(%d+)-(%d+)$')
  return id_ms and tonumber(seq) <= 2097151 and (tonumber(id_ms) <= LATEST or text == ARGV[4])
end
local function lacks(key, count)
  return redis.call('HLEN', key) < (tonumber(count or '') or 0)
end
local proved = held[3] == ARGV[1] and id == ARGV[4]
local whole = #moved == 0 and (proved or same_run and not lacks(last, held[5]) and not lacks(bars, held[6]))

-- The `q` of a symbol without a newest tick begins at 1 again, so a bar with its old `q` must not stay.
-- Final bars stay: their prices are right, and readers see by `q` that another count begins.
if lacks(last, held[5]) and not proved then
  local known, stray = {}, {}
  for _, symbol in ipairs(redis.call('HKEYS', last)) do
    known[symbol] = true
  end
  for _, key in ipairs(redis.call('HKEYS', bars)) do
    if not known[string.match(key, '^[^\t]*')] then
      stray[#stray + 1] = key
    end
  end
  for from = 1, #stray, 2000 do
    redis.call('HDEL', bars, unpack(stray, from, math.min(from + 1999, #stray)))
  end
end

local instruments = tonumber(ARGV[5])
local ticks = 6 + 2 * instruments
local formed = ticks + 1 + 2 * tonumber(ARGV[ticks])
local source = formed + 1 + 2 * tonumber(ARGV[formed])
write(symbols, 6, instruments)
if ARGV[3] == '1' or not is_epoch(epoch) or not is_id(id) then
  id, whole = ARGV[3] ~= '1' and is_id(id) and id or ARGV[4], false
end
if not whole then
  epoch = ARGV[2]
  if ARGV[3] == '1' then
    redis.call('DEL', log)
  elseif redis.call('EXISTS', log) == 1 then
    redis.call('RENAME', log, ended)
    redis.call('PEXPIRE', ended, 60000)
  end
end
if not whole or ARGV[3] == '2' then
  write(last, ticks + 1, tonumber(ARGV[ticks]))
  write(bars, formed + 1, tonumber(ARGV[formed]))
  redis.call('HSET', meta, 'symbols', redis.call('HLEN', last), 'bars', redis.call('HLEN', bars))
end
if ARGV[source] then
  -- The symbols of another source are to be retired, also by a writer after this one.
  local had = redis.call('HGET', meta, 'source')
  if had and had ~= ARGV[source] then
    redis.call('HSET', meta, 'before', had)
  end
  redis.call('HSET', meta, 'source', ARGV[source])
end
if ARGV[source + 2] then
  redis.call('HSET', meta, 'partitions', ARGV[source + 1], 'case', ARGV[source + 2])
end
-- n counts the batches of this writer, so that publish.lua recognises a repeated call.
redis.call('HSET', meta, 'epoch', epoch, 'id', id, 'fence', ARGV[1], 'run', run, 'n', '0')
return { 'ok', epoch, id, unpack(moved) }
