-- Begins to build the index of a queue anew: empties it and marks it, until it is published or another build begins.
--
-- KEYS  1 ready  2 delayed  3 taken  4 generation
-- ARGV  1 the number of the new generation  then for each tenant whose priorities age: its name, milliseconds for a step
-- Returns 1, or 0 if a later build has begun here already.
local state, number, builder = generation_of(KEYS[4])
if state and builder == server_id() and tonumber(number) >= tonumber(ARGV[1]) then return 0 end
forget_lanes()
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], agings)
for i = 2, #ARGV, 2 do redis.call('HSET', agings, ARGV[i], ARGV[i + 1]) end
redis.call('SET', KEYS[4], generation_text('building', ARGV[1]))
return 1
