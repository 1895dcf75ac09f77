-- Looks for pending jobs that the index should know and does not: neither ready, nor handed out just now, nor about to
-- come due. Puts them in if it is told to.
--
-- KEYS  1 ready  2 taken  3 delayed  4 generation
-- ARGV  1 wake channel  2 queue  3 now in ms  4 the latest time at which a taken id can be given up, in ms
--       5 highest delayed score that will be due soon  6 1: put them in, 0: only look
--       then for each job: ready score, delayed score, due in ms, member
-- Returns the members that are missing. A lost index misses nothing: it is built anew, not mended.
if generation_of(KEYS[4]) ~= 'ready' then return {} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. ARGV[4], '+inf') -- noted by a clock that was ahead
local now, soon = tonumber(ARGV[3]), tonumber(ARGV[5])
local missing = {}
for i = 7, #ARGV, 4 do
  local id = ARGV[i + 3]
  local delayed = tonumber(redis.call('ZSCORE', KEYS[3], id) or nil)
  -- what waits in delayed for a later time than soon waits for one that is no longer true
  local known = (delayed and delayed <= soon) or is_here(id) or redis.call('ZSCORE', KEYS[2], id)
  if not known then
    missing[#missing + 1] = id
    if ARGV[6] == '1' then
      local is_due = tonumber(ARGV[i + 2]) <= now
      redis.call('ZREM', KEYS[3], id)
      if is_due then enter(id, ARGV[i], now) else redis.call('ZADD', KEYS[3], ARGV[i + 1], id) end
    end
  end
end
if #missing > 0 and ARGV[6] == '1' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return missing
