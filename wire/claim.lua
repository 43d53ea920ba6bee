-- Makes a publisher the writer of one partition, in one atomic step.
--
-- KEYS  meta, log, last, symbols, bars
-- ARGV  fence      fencing token of the claiming publisher
--       epoch      a new epoch, used if the log has none, if `renew` asks for it, or if it was
--                  written by another run of the server
--       renew      "1": data was lost, so start a new epoch and write back what follows
--       floor      "ms-seq": the newest id the publisher knows; ids go on above it
--       instruments, then that many pairs of symbol and JSON
--       ticks, then that many pairs of symbol and JSON, written back if the epoch is new
--       bars, then that many pairs of bar key and JSON, written back likewise
--       source     name of the publisher's source, so that readers can tell a simulation; optional
-- Returns {"ok", epoch, id} or {"fenced", the newer token}.
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

-- A new writer cannot know whether a server that was started anew, or a replica promoted since,
-- holds all that was published. Readers may have seen more, so they must not go on as if nothing
-- had happened.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local epoch, id = held[1], held[2]
local proved = held[3] == ARGV[1] and id == ARGV[4] -- by the writer, who knows what it wrote
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
-- n counts this writer's batches, so that a repeated call is recognised.
redis.call('HSET', meta, 'epoch', epoch, 'id', id, 'fence', ARGV[1], 'run', run, 'n', '0')
return { 'ok', epoch, id }
