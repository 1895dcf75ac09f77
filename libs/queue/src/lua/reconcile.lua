-- Adds due jobs that the index should know and does not: neither ready nor handed out just now.
--
-- KEYS  1 ready  2 taken  3 delayed
-- ARGV  1 wake channel  2 queue  3 now in ms  then for each job: ready score, id
-- Returns how many were in none of them.
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
local missing, changed = 0, false
for i = 4, #ARGV, 2 do
  local id = ARGV[i + 1]
  if not (redis.call('ZSCORE', KEYS[1], id) or redis.call('ZSCORE', KEYS[2], id)) then
    -- what still waits in delayed came due just now, or waits for a time that is no longer true
    if redis.call('ZREM', KEYS[3], id) == 0 then missing = missing + 1 end
    redis.call('ZADD', KEYS[1], ARGV[i], id)
    changed = true
  end
end
if changed then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return missing
