-- Puts jobs into the index, each into ready if it is due and into delayed if not. Adding twice changes nothing.
-- A lost index takes nothing in: whoever builds it anew finds these jobs in MySQL, and until then workers do.
--
-- KEYS  1 ready  2 delayed  3 generation
-- ARGV  1 wake channel  2 queue  3 now in ms  then for each job: ready score, delayed score, due in ms, member
-- Wakes idle workers when there is something to take, or to wait for, that was not there before.
-- Returns the number of ids that were new.
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('PUBLISH', ARGV[1], ARGV[2])
  return 0
end
local now = tonumber(ARGV[3])
local was_empty = redis.call('EXISTS', KEYS[1]) == 0
local head = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local added, turns = 0, false
for i = 4, #ARGV, 4 do
  if tonumber(ARGV[i + 2]) > now then
    added = added + redis.call('ZADD', KEYS[2], ARGV[i + 1], ARGV[i + 3])
  elseif #ARGV[i + 3] == 16 then
    added = added + redis.call('ZADD', KEYS[1], aged(ARGV[i], ''), ARGV[i + 3])
  else
    local is_new, may_start = enter(ARGV[i + 3], ARGV[i], now)
    added = added + is_new
    turns = turns or (is_new == 1 and may_start)
  end
end
local sooner = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if turns or (was_empty and redis.call('EXISTS', KEYS[1]) == 1) or sooner ~= head then
  redis.call('PUBLISH', ARGV[1], ARGV[2])
end
return added
