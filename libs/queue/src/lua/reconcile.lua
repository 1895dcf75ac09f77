-- Adds due jobs that the index should know and does not: neither ready nor handed out just now.
--
-- KEYS  1 ready  2 taken  3 delayed
-- ARGV  1 wake channel  2 queue  3 now in ms  then for each job: ready score, id
-- Returns how many were missing.
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
local missing = 0
for i = 4, #ARGV, 2 do
  local id = ARGV[i + 1]
  if not (redis.call('ZSCORE', KEYS[1], id) or redis.call('ZSCORE', KEYS[2], id) or redis.call('ZSCORE', KEYS[3], id)) then
    redis.call('ZADD', KEYS[1], ARGV[i], id)
    missing = missing + 1
  end
end
if missing > 0 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return missing
