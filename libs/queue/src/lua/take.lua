-- Moves what came due from delayed to ready, then hands out the best ids and remembers them as taken.
--
-- KEYS  1 ready  2 delayed  3 taken  4 generation
-- ARGV  1 highest delayed score that is due  2 how many at most  3 when the taken ids are given up, in ms
--       4 ready score of one step of priority  5 delayed score of one millisecond
-- Returns false when the index was lost, else { delayed score of the next id to come due or '', id, id, ... }.
local state, _, builder = generation_of(KEYS[4])
if state ~= 'ready' or builder ~= server_id() then return false end
local limit, time_span, priority_span = tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local due
local rounds = 0 -- of a thousand; the rest waits for the next call, so that no call holds Redis up
repeat
  rounds = rounds + 1
  due = redis.call('ZRANGE', KEYS[2], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, 1000, 'WITHSCORES')
  if #due > 0 then
    local moved, scored = {}, {}
    for i = 1, #due, 2 do
      local score = tonumber(due[i + 1])
      local priority = score % priority_span
      moved[#moved + 1] = due[i]
      scored[#scored + 1] = string.format('%.0f', priority * time_span + (score - priority) / priority_span)
      scored[#scored + 1] = due[i]
    end
    redis.call('ZADD', KEYS[1], unpack(scored))
    redis.call('ZREM', KEYS[2], unpack(moved))
  end
until #due < 2000 or rounds == 5
local reply, taken = { redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] or '' }, {}
local popped
repeat
  popped = redis.call('ZPOPMIN', KEYS[1], limit - #reply + 1)
  for i = 1, #popped, 2 do
    if #popped[i] == 16 then -- else somebody else put it there: it is no job, and may be of any size
      reply[#reply + 1] = popped[i]
      taken[#taken + 1] = ARGV[3]
      taken[#taken + 1] = popped[i]
    end
  end
until #popped == 0 or #reply > limit
for first = 1, #taken, 2000 do
  redis.call('ZADD', KEYS[3], unpack(taken, first, math.min(first + 1999, #taken)))
end
return reply
