-- Puts a job where it belongs after its priority or its time was changed, and nowhere else. Handed out it stays: the claim decides.
--
-- KEYS  1 ready  2 delayed  3 generation
-- ARGV  1 wake channel  2 queue  3 now in ms  4 ready score  5 delayed score  6 due in ms  7 member  8 '1' if it is within the horizon
leave(ARGV[7])
redis.call('ZREM', KEYS[2], ARGV[7])
if ARGV[8] ~= '1' or redis.call('EXISTS', KEYS[3]) == 0 then return end
if tonumber(ARGV[6]) <= tonumber(ARGV[3]) then
  enter(ARGV[7], ARGV[4], tonumber(ARGV[3]))
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[7])
end
redis.call('PUBLISH', ARGV[1], ARGV[2])
