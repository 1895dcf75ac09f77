-- Says whether the index of a queue may be trusted. If not it is marked as lost, if that is wanted, so that workers claim
-- from MySQL. Whoever asks may know an old number: only a lower one than that is wrong.
--
-- KEYS  1 ready  2 delayed  3 taken  4 generation
-- ARGV  1 the number of the generation that MySQL knows  2 wake channel  3 queue  4 1: mark it, 0: only look
-- Returns 'ready', or why not: 'missing', 'unfinished', 'other-server', 'older-generation', 'wrong-type', 'unwritable'.
local state, number, builder = generation_of(KEYS[4])
local fault
if not state then
  fault = redis.call('EXISTS', KEYS[4]) == 1 and 'wrong-type' or 'missing'
elseif builder ~= server_id() then
  fault = 'other-server'
elseif state == 'building' then
  fault = 'unfinished'
elseif tonumber(number) < tonumber(ARGV[1]) then
  fault = 'older-generation'
end
for i = 1, 3 do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'zset' and kind ~= 'none' then fault = 'wrong-type' end
end
if ARGV[4] == '0' or fault == 'unfinished' then return fault or 'ready' end -- whoever builds it goes on, or is replaced
if fault then redis.call('UNLINK', KEYS[4]) end
-- Tries a write that a full server refuses: what cannot be told of new jobs is lost, and its memory helps whoever needs it.
local probe = redis.pcall('SET', KEYS[4], fault and 'lost' or generation_text(state, number))
if type(probe) == 'table' and probe.err then
  fault = 'unwritable'
  forget_lanes()
  redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
end
if not fault then return 'ready' end
redis.call('UNLINK', KEYS[4])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return fault
