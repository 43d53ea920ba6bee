-- Writes one batch to one partition, in one atomic step: checks the writer, appends to the log, updates
-- last values, bars and instruments, publishes. A batch without lines is a heartbeat, which is only published.
--
-- KEYS  meta, log, last, live, bars, symbols; a caller that leaves out symbols has them not verified.
--       With an id of the inbox also inbox, held, producers, rejects (wire/names.py)
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
--       intervals  names of the intervals of bars, a space between
--       keep       for each of them the number of final bars to keep of each symbol, a space between
--       instruments  number of instruments in symbols, at least; optional, verified by a heartbeat
--       again      1: an earlier call with this batch had no answer; optional
--       notices    number of notices; optional
--       lines      SYMBOL<TAB>JSON<LF>, that many times (wire/notice.py); such a batch needs symbols in KEYS
--       inbox      "ms-seq": the last entry of the inbox that was read; '' or left out: none. A call without lines
--                  records it, too. What follows belongs to it, and is written once for an id:
--       producers  number of producers, then that many pairs of id and what is remembered of it
--       freed      number of producers, then that many pairs of field and bytes: what held gets back
--       forgotten  number of producers, then their ids: of these nothing is remembered
--       refused    number of refused lines, then their JSON, for rejects
-- Returns one of
--   {"ok", id}            written; a heartbeat gets the number of log entries too. Then key, type and new name of
--                         each bar list and key of the inbox that had another type and was moved aside
--   {"fenced", token}     a publisher with this newer token has claimed the partition
--   {"lost", epoch, id}   Redis lost data of this writer: it was emptied, or an old replica was promoted
--   {"lost", "", reason}  a key has another type: claim.lua moves it aside
--   {"partial", key}      this key lacks values, by DEL or eviction; the writer has to write them back
--   {"full", entries, left}  Redis is full: the log had so many entries, and has so many left. Until the batch
--                         fits, repeat it
-- Only after "ok" is anything of the batch written.
-- Redis makes every function of a script at every call, so what is rare is no function of its own.
local meta, log, last, live, bars, symbols = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local now = redis.call('TIME')
local sent = now[1] .. string.format('%06d', tonumber(now[2]))
local ms = math.floor(tonumber(sent) / 1000)

-- Ids follow Redis's clock. When that clock was set back they count up from the last id. The number
-- within a ms stays under 2^21, the bound of wire/position.py.
-- %.0f prints the whole numbers that math.floor returns exactly, up to 2^53.
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

local function append(own)
  local header = table.concat({ '2', ARGV[2], own, ARGV[3], sent, ARGV[7], ARGV[9], ARGV[15] or '0' }, ' ')
  local batch = header .. '\n' .. ARGV[8] .. ARGV[10] .. (ARGV[16] or '')
  local added = redis.pcall('XADD', log, 'MINID', '~', ARGV[5], own, 'b', batch)
  if type(added) == 'table' and added.err then
    return nil, added
  end
  return batch
end

-- The process, and the history that it leads: a master that was demoted, and is promoted again, has another.
local function run_of_server()
  local process = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
  return process .. ':' .. (string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or '')
end

-- Records how far the inbox was read, and takes the entries out. Called after something else was written: a script
-- that has written is not refused for Redis's memory. Nor is its batch, which takes about as much as the entries:
-- else a Redis that is full of them would stay full.
local take
if (ARGV[17] or '') ~= '' then
  take = function(answer)
    local inbox, held, producers, rejects = KEYS[7], KEYS[8], KEYS[9], KEYS[10]
    for at, kind in ipairs({ 'stream', 'hash', 'hash', 'list' }) do
      local key = KEYS[6 + at]
      local found = redis.call('TYPE', key).ok
      if found ~= 'none' and found ~= kind then
        local aside = key .. ':displaced:' .. string.format('%.0f', ms)
        redis.call('RENAME', key, aside)
        answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = key, found, aside
      end
    end
    if redis.call('HGET', meta, 'in') == ARGV[17] then
      return
    end
    redis.call('HSET', meta, 'in', ARGV[17])
    local at_ms, seq = string.match(ARGV[17], '^(%d+)-(%d+)$')
    redis.call('XTRIM', inbox, 'MINID', at_ms .. '-' .. string.format('%.0f', tonumber(seq) + 1))
    local at = 18
    for _ = 1, tonumber(ARGV[at]) do
      redis.call('HSET', producers, ARGV[at + 1], ARGV[at + 2])
      at = at + 2
    end
    at = at + 1
    for _ = 1, tonumber(ARGV[at]) do
      if redis.call('HINCRBY', held, ARGV[at + 1], '-' .. ARGV[at + 2]) <= 0 then
        redis.call('HDEL', held, ARGV[at + 1])
      end
      at = at + 2
    end
    at = at + 1
    for _ = 1, tonumber(ARGV[at]) do
      redis.call('HDEL', producers, ARGV[at + 1])
      at = at + 1
    end
    at = at + 1
    for _ = 1, tonumber(ARGV[at]) do
      redis.call('LPUSH', rejects, ARGV[at + 1])
      at = at + 1
    end
    redis.call('LTRIM', rejects, 0, 999)
    if redis.call('XLEN', inbox) == 0 then
      redis.call('DEL', held)
    end
  end
end

-- Reads every key before it writes any, so that nothing is written if one has another type.
local function write()
  local held = redis.call('HMGET', meta, 'epoch', 'id', 'fence', 'n', 'symbols', 'bars', 'trouble')
  local epoch, id, fence, trouble = held[1], held[2], held[3], held[7]
  if fence ~= ARGV[1] then
    -- A token follows Redis's clock. One more than an hour ahead of it was written by hand, and is void.
    local token = tonumber(fence or '')
    if token and token > tonumber(ARGV[1]) and token <= ms + 3600000 then
      return { 'fenced', fence }
    end
    return { 'lost', epoch or '', id or '' }
  end
  local count = tonumber(ARGV[7]) + tonumber(ARGV[9]) + tonumber(ARGV[15] or '0')
  if count > 0 and held[4] == ARGV[4] and epoch == ARGV[2] then
    return { 'ok', id }
  end
  if epoch ~= ARGV[2] or id ~= ARGV[3] then
    return { 'lost', epoch or '', id or '' }
  end
  -- Another server may have carried this call out before, and readers may have heard it: a replica that was
  -- promoted since does not know. In one epoch that would be two histories. A server that was only started
  -- again has on its disk what it has sent to anybody.
  if count > 0 and ARGV[14] == '1' and redis.call('HGET', meta, 'run') ~= run_of_server() then
    if string.match(redis.call('INFO', 'replication'), 'master_replid2:0*[1-9a-f]') then
      return { 'lost', epoch, id }
    end
  end
  -- Readers compare these counts with what they have loaded: they shrink only where a symbol is retired.
  local ticks, formed = redis.call('HLEN', last), redis.call('HLEN', bars)
  if ticks < (tonumber(held[5] or '') or 0) then
    return { 'partial', last }
  end
  if formed < (tonumber(held[6] or '') or 0) then
    return { 'partial', bars }
  end
  if ARGV[15] and ARGV[15] ~= '0' then
    redis.call('HLEN', symbols)
  end

  if count == 0 then
    if symbols and redis.call('HLEN', symbols) < tonumber(ARGV[13] or '0') then
      return { 'partial', symbols }
    end
    local entries = redis.call('XLEN', log)
    if take then
      redis.call('HDEL', meta, 'trouble')
    end
    -- This writer knows that the log is complete, so a restart of the server changes nothing for readers.
    redis.call('HSET', meta, 'run', run_of_server(), 'sent', sent)
    if trouble then
      redis.call('HDEL', meta, 'trouble')
    end
    redis.call(ARGV[6], live, table.concat({ '2', epoch, id, id, sent, '0', '0', '0' }, ' ') .. '\n')
    local answer = { 'ok', id, entries }
    if take then
      take(answer)
    end
    return answer
  end

  if take then
    redis.call('HDEL', meta, 'trouble')
  end
  local own = after(id)
  local batch, failed = append(own)
  -- Redis says: "equal or smaller than the target stream top item", or "has exhausted the last possible ID".
  if not batch and string.find(failed.err, 'stream', 1, true) then
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
  end
  if not batch then
    error(failed)
  end
  if trouble then
    redis.call('HDEL', meta, 'trouble')
  end

  local fields = {}
  for symbol, json in string.gmatch(ARGV[8], '([^\t\n]+)\t([^\n]*)\n') do
    fields[#fields + 1] = symbol
    fields[#fields + 1] = json
    if #fields == 2000 then -- Lua's stack holds 8,000
      ticks = ticks + redis.call('HSET', last, unpack(fields))
      fields = {}
    end
  end
  if #fields > 0 then
    ticks = ticks + redis.call('HSET', last, unpack(fields))
  end
  -- A bar is final when a bar of another time follows it. The names of the lists are not in KEYS, but they
  -- have the hash tag of KEYS, so in a cluster they are on this node.
  local answer, keep, number = { 'ok', own }, {}, string.gmatch(ARGV[12], '%d+')
  for interval in string.gmatch(ARGV[11], '%w+') do
    keep[interval] = number()
  end
  for symbol, json, interval, start in
    string.gmatch(ARGV[10], '([^\t\n]+)\t({"S":"[^"\n]*","i":"(%w+)","t":(%d+)[^\n]*)\n')
  do
    local key = symbol .. '\t' .. interval
    local before = redis.call('HGET', bars, key)
    if before and string.match(before, '"t":(%d+)') ~= start then
      local list = bars .. ':' .. key
      local pushed = redis.pcall('RPUSH', list, before)
      if type(pushed) == 'table' and pushed.err then
        -- It is of another type. No tick is lost with it, so the epoch goes on.
        local kind, aside = redis.call('TYPE', list).ok, list .. ':displaced:' .. string.format('%.0f', ms)
        redis.call('RENAME', list, aside)
        redis.call('RPUSH', list, before)
        answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = list, kind, aside
      end
      redis.call('LTRIM', list, '-' .. keep[interval], '-1')
    end
    formed = formed + redis.call('HSET', bars, key, json)
  end
  -- What is said of a symbol comes after all ticks and bars of the batch. The instrument ends in its state.
  for symbol, json in string.gmatch(ARGV[16] or '', '([^\t\n]+)\t([^\n]*)\n') do
    local state = string.match(json, ',"state":"%l+","since":%d+}$')
    local instrument = state and redis.call('HGET', symbols, symbol)
    if instrument then
      local bare = string.gsub(instrument, ',"state":"%l+","since":%d+}$', '}')
      redis.call('HSET', symbols, symbol, string.sub(bare, 1, -2) .. state)
    elseif not state then
      redis.call('HDEL', symbols, symbol)
      ticks = ticks - redis.call('HDEL', last, symbol)
      for interval in string.gmatch(ARGV[11], '%w+') do
        local key = symbol .. '\t' .. interval
        formed = formed - redis.call('HDEL', bars, key)
        redis.call('UNLINK', bars .. ':' .. key)
      end
    end
  end
  -- Readers compare `sent` with what they have applied.
  redis.call('HSET', meta, 'id', own, 'n', ARGV[4], 'sent', sent, 'symbols', ticks, 'bars', formed)
  if take then
    take(answer)
  end
  redis.call(ARGV[6], live, batch)
  return answer
end

local done, answer = pcall(write)
if done then
  return answer
end
local reason = type(answer) == 'table' and answer.err or tostring(answer)
if string.find(reason, 'WRONGTYPE', 1, true) then
  return { 'lost', '', reason }
end
if string.find(reason, 'OOM ', 1, true) then
  -- Redis refuses XADD and HSET when it is full, but not XTRIM; nor what follows a write in the same script.
  local entries = redis.call('XLEN', log)
  local left = math.floor(entries * 7 / 8)
  redis.call('XTRIM', log, 'MAXLEN', left)
  redis.call('HSET', meta, 'trouble', 'full')
  return { 'full', entries, left }
end
return redis.error_reply(reason)
