-- Moves what came due from delayed to where its turn comes, then hands out the ids whose turn it is and remembers them as taken.
-- While nothing that is due waits, what comes due in a moment is handed out ahead, for half of the room: the rest is for
-- what comes meanwhile.
--
-- KEYS  1 ready  2 delayed  3 taken  4 generation
-- ARGV  1 highest delayed score that is due  2 how many at most  3 when the taken ids are given up, in ms
--       4 ready score of one step of priority  5 delayed score of one millisecond
--       6 highest delayed score that is handed out ahead  7 how much before its score to ask for such a one
--       then for each weight that is not 1: tenant, or tenant \0 fairness key, and weight
-- Returns false when the index was lost, else { delayed score at which to ask again or '', member, member, ... }.
local state, _, builder = generation_of(KEYS[4])
if state ~= 'ready' or builder ~= server_id() then return false end
local limit, time_span, priority_span = tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = (tonumber(ARGV[1]) - tonumber(ARGV[1]) % priority_span) / priority_span
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
      local ready_score = string.format('%.0f', priority * time_span + (score - priority) / priority_span)
      moved[#moved + 1] = due[i]
      if #due[i] == 16 then
        scored[#scored + 1] = aged(ready_score, '')
        scored[#scored + 1] = due[i]
      elseif lane_of(due[i]) then -- else it is not ours
        enter(due[i], ready_score, now)
      end
    end
    if #scored > 0 then redis.call('ZADD', KEYS[1], unpack(scored)) end
    redis.call('ZREM', KEYS[2], unpack(moved))
  end
until #due < 2000 or rounds == 5
local reply, taken = { '' }, {}
local function hand_out(member)
  reply[#reply + 1] = member
  taken[#taken + 1] = ARGV[3]
  taken[#taken + 1] = member
end
local function hand_out_best(n) -- of the one line, where nobody takes turns
  local popped
  repeat
    popped = redis.call('ZPOPMIN', KEYS[1], n - #reply + 1)
    for i = 1, #popped, 2 do
      if is_member(popped[i]) then hand_out(popped[i]) end -- else somebody else put it there, and it may be of any size
    end
  until #popped == 0 or #reply > n
end
local function hand_out_ahead(n)
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', ARGV[6], 'BYSCORE', 'LIMIT', 0, n)) do
    if #member == 16 then -- what goes by a lane waits there for its turn
      redis.call('ZREM', KEYS[2], member)
      hand_out(member)
    end
  end
end
local function hand_out_in_turn()
  local weights = {}
  for i = 8, #ARGV, 2 do weights[ARGV[i]] = tonumber(ARGV[i + 1]) end
  if redis.call('EXISTS', KEYS[1]) == 1 then join(ring, '') end
  while #reply <= limit do
    local member = pop_in_turn(weights, now)
    if not member then break end
    if is_member(member) then hand_out(member) end
  end
  if redis.call('ZCARD', ring) == 1 and redis.call('ZSCORE', ring, '') and redis.call('EXISTS', inner_ring('')) == 0 then
    redis.call('DEL', ring)
  end
end
local next_due
local function room_ahead() return math.floor((limit + 1 - #reply) / 2) end
if redis.call('EXISTS', ring, rooms, waits) == 0 then
  hand_out_best(limit)
  if room_ahead() > 0 then hand_out_ahead(room_ahead()) end
  local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  next_due = first[2]
  if next_due and room_ahead() > 0 and #first[1] == 16 then next_due = string.format('%.0f', next_due - ARGV[7]) end
else
  next_due = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
  look_again(now)
  local room = tonumber(redis.call('HGET', rooms, '') or nil)
  if redis.call('EXISTS', ring) == 1 then
    hand_out_in_turn()
  else
    hand_out_best(math.max(0, math.min(limit, room or limit)))
    if room then use_room('', room, #reply - 1, now) end
  end
  local wait = redis.call('ZRANGE', waits, 0, 0, 'WITHSCORES')[2]
  if wait and (not next_due or wait * priority_span < tonumber(next_due)) then
    next_due = string.format('%.0f', wait * priority_span)
  end
end
reply[1] = next_due or ''
for first = 1, #taken, 2000 do
  redis.call('ZADD', KEYS[3], unpack(taken, first, math.min(first + 1999, #taken)))
end
return reply
