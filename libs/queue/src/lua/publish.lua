-- Makes an index count as built: the one whose building has gone on without a break on this server, or that of a new queue.
--
-- KEYS  1 generation
-- ARGV  1 the number of the generation  2 'building', or 'missing' for a queue that never had a job  3 wake channel  4 queue
-- Returns 1, or 0 if it was lost meanwhile or belongs to another build.
local is_ours
if ARGV[2] == 'missing' then
  is_ours = redis.call('EXISTS', KEYS[1]) == 0
else
  is_ours = redis.pcall('GET', KEYS[1]) == generation_text('building', ARGV[1])
end
if not is_ours then return 0 end
redis.call('SET', KEYS[1], generation_text('ready', ARGV[1]))
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
