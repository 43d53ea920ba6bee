-- Makes a publisher the writer of one partition, in one atomic step.
--
-- KEYS  meta, log, last, symbols, bars
-- ARGV  fence      fencing token of the claiming publisher
--       epoch      a new epoch, used if the log has none, if `renew` is "1", or if another run of the
--                  server wrote the log
--       renew      "1": data was lost, so start the new epoch and write the ticks and bars below
--       floor      "ms-seq": the newest id that the publisher knows; later ids are above it
--       instruments, then that many pairs of symbol and JSON, always written
--       ticks, then that many pairs of symbol and JSON, written if the epoch is new
--       bars, then that many pairs of bar key and JSON, written if the epoch is new
--       source     name of the publisher's source, by which readers know a simulation; optional
-- Returns {"ok", epoch, id}, or {"fenced", token} if a publisher with this newer token has claimed it.
local meta, log, last, symbols, bars = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local fence = tonumber(ARGV[1])
local held = redis.call('HMGET', meta, 'epoch', 'id', 'fence', 'run')
if held[3] and tonumber(held[3]) > fence then
  return { 'fenced', held[3] }
end

-- unpack() puts every argument on Lua's stack, which holds 8,000.
local function write(key, first, count)
  for from = first, first + 2 * count - 1, 2000 do
    redis.call('HSET', key, unpack(ARGV, from, math.min(from + 1999, first + 2 * count - 1)))
  end
end

local instruments = tonumber(ARGV[5])
write(symbols, 6, instruments)

-- A server that was restarted, or a replica that was promoted, may have lost the newest batches, and a new
-- writer cannot know. Readers may have received them, so a new epoch tells readers of a gap.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local epoch, id = held[1], held[2]
local proved = held[3] == ARGV[1] and id == ARGV[4] -- this writer wrote the newest id itself
if epoch and held[4] ~= run and not proved then
  epoch = ARGV[2]
  redis.call('DEL', log)
end
local ticks = 6 + 2 * instruments
local formed = ticks + 1 + 2 * tonumber(ARGV[ticks])
local source = formed + 1 + 2 * tonumber(ARGV[formed])
if not epoch or ARGV[3] == '1' then
  epoch, id = ARGV[2], ARGV[4]
  redis.call('DEL', log)
  write(last, ticks + 1, tonumber(ARGV[ticks]))
  write(bars, formed + 1, tonumber(ARGV[formed]))
end
if ARGV[source] then
  redis.call('HSET', meta, 'source', ARGV[source])
end
-- n counts the batches of this writer, so that publish.lua recognises a repeated call.
redis.call('HSET', meta, 'epoch', epoch, 'id', id, 'fence', ARGV[1], 'run', run, 'n', '0')
return { 'ok', epoch, id }
