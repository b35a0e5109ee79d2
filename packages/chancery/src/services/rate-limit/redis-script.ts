import { hash } from "node:crypto";

/**
 * Counts the charges of one request in one round trip, as `count.ts` does. Each key is a hash: `s`, where its window
 * begins, `c` and `p`, the hits in it and in the one before; or `e`, when nothing is in use any more. `ARGV[1]` is the
 * time, "" for the server's own; then come five values a key: algorithm, hits, requests, window and burst. The reply
 * has four a key: before, after, over, reset.
 */
export const countScript = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local tolerance = 0.000001

local function read(key, window)
  local start = now - now % window
  local kept = redis.call('HMGET', key, 's', 'c', 'p')
  local from, current, previous = tonumber(kept[1]), tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
  if from == start then return start, current, previous end
  if from == start - window then return start, 0, current end
  return start, 0, 0
end

local function fixed(key, hits, requests, window)
  local start, before = read(key, window)
  local after = math.max(0, before + hits)
  local reset = window - now % window
  if after ~= before then
    redis.call('HSET', key, 's', start, 'c', after)
    redis.call('PEXPIRE', key, math.ceil(reset))
  end
  return before, after, hits >= 0 and after > requests, reset
end

local function sliding(key, hits, requests, window)
  local start, current, previous = read(key, window)
  local weight = 1 - (now % window) / window
  local before = previous * weight + current
  local over = hits >= 0 and before + hits > requests + tolerance
  local after = before + hits
  if not over and hits ~= 0 then
    current = current + hits
    if current < 0 then
      previous = math.max(0, previous + current)
      current = 0
    end
    after = previous * weight + current
    redis.call('HSET', key, 's', start, 'c', current, 'p', previous)
    redis.call('PEXPIRE', key, 2 * window)
  end
  local reset = window - now % window
  if current > 0 then reset = reset + window end
  return before, after, over, reset
end

local function gcra(key, hits, requests, window, burst)
  if requests == 0 then return 0, math.max(0, hits), hits > 0, window end
  local hit = window / requests
  local state = math.max(tonumber(redis.call('HGET', key, 'e')) or 0, now)
  if state > now + burst * hit + 1 then state = now end
  local before = (state - now) / hit
  local after = math.max(0, before + hits)
  local over = hits >= 0 and after > burst + tolerance
  if not over and hits ~= 0 then
    state = math.max(now, state + hits * hit)
    redis.call('HSET', key, 'e', string.format('%.6f', state))
    redis.call('PEXPIRE', key, math.max(1, math.ceil(state - now)))
  end
  return before, after, over, state - now
end

local algorithms = { fixed_window = fixed, sliding_window = sliding, gcra = gcra }
local reply = {}
for i, key in ipairs(KEYS) do
  local at = 5 * i - 3
  local count = algorithms[ARGV[at]]
  local before, after, over, reset =
    count(key, tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]))
  table.insert(reply, string.format('%.6f', before))
  table.insert(reply, string.format('%.6f', after))
  table.insert(reply, over and '1' or '0')
  table.insert(reply, string.format('%.6f', reset))
end
return reply
`;

/** What servers that have seen the script know it by. */
export const countScriptSha = hash("sha1", countScript, "hex");
