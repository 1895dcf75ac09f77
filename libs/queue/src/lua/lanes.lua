-- Put before the scripts that let jobs in and out: whose turn it is, and what has to wait at a gate. KEYS[1] is ready.
--
-- A member is the 16 bytes of an id. That of a job with a tenant other than the default or with a key goes on with its
-- tenant, its fairness key and its concurrency key, a zero byte between each two; the default tenant is left empty.
--
-- Lanes. Members of 16 bytes stand in ready, as do those of the default tenant without a fairness key; the others stand in
-- a lane for each tenant and fairness key. Tenants take turns, and the fairness keys of a tenant take the tenant's turns in
-- turn: each is a member of a ring whose score is its virtual time, which a start advances by one over its weight, and the
-- least comes first (start-time fair queueing). Whoever joins does so at the time of the first. A lane that is empty leaves
-- the ring when it comes up, so it gains nothing by leaving sooner.
--
-- Gates. Where a limit holds jobs back, rooms says how many more may pass: what a claim said at first, less what was handed out
-- since, and more for each job that ended or did not start for another reason. What a claim refuses is not given back, so a
-- room that was too large becomes right; one that is too small, because a message was lost, a claim corrects now and then, but not
-- each, since it does not know who else is on the way. Jobs with a
-- concurrency key wait at its gate (a sorted set like ready), and as many stand in their lane as there is room for; a gate
-- that nothing is known of lets one through, whose claim then says how much room there is. The gate of a tenant shuts its
-- lanes. MySQL decides; what is wrong here costs a hint that is refused, or a wait until waits has the gate looked at again.
local LOOK_AGAIN_MS = 2000
local HELD_BY_A_TURN = -1 -- as the domain has it
local TRIED_AT_ONCE = 10

local ready = KEYS[1]
local ring, rooms, waits = ready .. ':ring', ready .. ':rooms', ready .. ':waits'
local last = ready .. ':last' -- by gate: when it let a job through last, and which
local told = ready .. ':told' -- by gate: when a claim has last said how much room there is
local extras = ready .. ':extras' -- names of the lanes, gates and rings of tenants that hold anything

local LONGEST = 16 + 64 + 1 + 256 + 1 + 256 -- keys have 64 characters of at most four bytes

local function lane_of(member)
  if #member > LONGEST then return nil end -- not ours, and of any size
  return string.match(string.sub(member, 17), '^([^%z]*)%z([^%z]*)%z([^%z]*)$')
end

local function is_member(member)
  return #member == 16 or (#member <= LONGEST and string.find(member, '^[^%z]*%z[^%z]*%z[^%z]*$', 17) ~= nil)
end

local function lane_key(tenant, fairness)
  if tenant == '' and fairness == '' then return ready end
  return ready .. ':lane:' .. tenant .. '\0' .. fairness
end

local function waiting_key(gate)
  return ready .. ':gate:' .. gate
end

local function inner_ring(tenant)
  return ring .. ':' .. tenant
end

-- The score in ready, or in a lane, of what comes due. Where priorities age, waiting makes up for priority. All that wait gain
-- alike, so their order never changes: a step of priority is worth so many milliseconds of due time, instead of more than all time.
local agings = ready .. ':aging'
local TIME_SPAN = 2 ^ 42 -- of a step in the scores that come from outside, see scores.ts
local steps -- by tenant, once they are read
local function aged(score, tenant)
  if not steps then
    steps = {}
    local stored = redis.call('HGETALL', agings)
    for i = 1, #stored, 2 do steps[stored[i]] = tonumber(stored[i + 1]) end
  end
  if not steps[tenant] then return score end
  local due = tonumber(score) % TIME_SPAN
  return string.format('%.0f', (tonumber(score) - due) / TIME_SPAN * steps[tenant] + due)
end

local function join(circle, child)
  local head = redis.call('ZRANGE', circle, 0, 0, 'WITHSCORES')
  redis.call('ZADD', circle, 'NX', head[2] or 0, child)
end

local function put_in_lane(member, score, tenant, fairness)
  local lane = lane_key(tenant, fairness)
  if lane ~= ready then
    redis.call('SADD', extras, lane)
    join(ring, tenant)
    if fairness ~= '' then
      redis.call('SADD', extras, inner_ring(tenant))
      join(inner_ring(tenant), fairness)
    end
  end
  return redis.call('ZADD', lane, score, member)
end

-- Of a gate: puts into its lane what it has let through, and remembers which it was.
local function let_in(gate, member, score, tenant, fairness, now)
  redis.call('HSET', last, gate, string.format('%.0f ', now) .. member)
  return put_in_lane(member, score, tenant, fairness)
end

-- Lets through a gate as many as there is room for. known: the room that is noted. Returns how many.
local function let_through(gate, room, known, now)
  local waiting = waiting_key(gate)
  local passed = 0
  while room > 0 do
    local popped = redis.call('ZPOPMIN', waiting)
    if not popped[1] then
      redis.call('SREM', extras, waiting)
      redis.call('HDEL', rooms, gate)
      redis.call('HDEL', last, gate)
      redis.call('HDEL', told, gate)
      redis.call('ZREM', waits, gate)
      return passed
    end
    local tenant, fairness = lane_of(popped[1])
    let_in(gate, popped[1], popped[2], tenant, fairness, now)
    room, passed = room - 1, passed + 1
  end
  if room ~= known then redis.call('HSET', rooms, gate, room) end
  return passed
end

-- Puts a job that is due where its turn comes. Returns 1 if it is new there, and whether it can be taken.
local function enter(member, score, now)
  if #member == 16 then return redis.call('ZADD', ready, aged(score, ''), member), true end
  local tenant, fairness, key = lane_of(member)
  score = aged(score, tenant)
  if key == '' then return put_in_lane(member, score, tenant, fairness), true end
  local gate = tenant .. '\0' .. key
  local waiting = waiting_key(gate)
  if redis.call('ZSCORE', lane_key(tenant, fairness), member) or redis.call('ZSCORE', waiting, member) then
    return 0, false
  end
  local room = tonumber(redis.call('HGET', rooms, gate) or 1)
  if room > 0 then
    redis.call('HSET', rooms, gate, room - 1)
    return let_in(gate, member, score, tenant, fairness, now), true
  end
  redis.call('SADD', extras, waiting)
  redis.call('ZADD', waiting, score, member)
  redis.call('ZADD', waits, 'NX', now + LOOK_AGAIN_MS, gate)
  return 1, false
end

-- Whether a job is due and here: in its lane, or at its gate.
local function is_here(member)
  if #member == 16 then return redis.call('ZSCORE', ready, member) end
  local tenant, fairness, key = lane_of(member)
  return redis.call('ZSCORE', lane_key(tenant, fairness), member)
    or (key ~= '' and redis.call('ZSCORE', waiting_key(tenant .. '\0' .. key), member))
end

local function leave(member)
  if #member == 16 then return redis.call('ZREM', ready, member) end
  local tenant, fairness, key = lane_of(member)
  local gate = tenant .. '\0' .. key
  local was_in_lane = redis.call('ZREM', lane_key(tenant, fairness), member) == 1
  if key == '' then return end
  redis.call('ZREM', waiting_key(gate), member)
  if was_in_lane and redis.call('HEXISTS', rooms, gate) == 1 then redis.call('HINCRBY', rooms, gate, 1) end
end

-- Of a ring, the child whose turn it is gives what it has; one that has nothing leaves.
local function pop_from(circle, pop, weight_of)
  while true do
    local head = redis.call('ZRANGE', circle, 0, 0, 'WITHSCORES')
    local child = head[1]
    if not child then return nil end
    local member = pop(child)
    if member then
      redis.call('ZADD', circle, head[2] + 1 / weight_of(child), child)
      return member
    end
    redis.call('ZREM', circle, child)
  end
end

local function pop_lane(lane)
  local popped = redis.call('ZPOPMIN', lane)
  if not popped[1] and lane ~= ready then redis.call('SREM', extras, lane) end
  return popped[1]
end

-- Takes note that so many of a tenant's jobs were handed out, where that is counted.
local function use_room(tenant, room, used, now)
  redis.call('HSET', rooms, tenant, room - used)
  if room <= used then redis.call('ZADD', waits, 'NX', now + LOOK_AGAIN_MS, tenant) end
end

-- The best of the tenant and fairness key whose turn it is. weights: of tenants, and of tenant \0 fairness key
local function pop_in_turn(weights, now)
  return pop_from(ring, function(tenant)
    local room = tonumber(redis.call('HGET', rooms, tenant) or nil)
    if room and room <= 0 then return nil end
    local inner, plain = inner_ring(tenant), lane_key(tenant, '')
    local member
    if redis.call('EXISTS', inner) == 0 then
      member = pop_lane(plain)
    else
      if redis.call('EXISTS', plain) == 1 then join(inner, '') end
      member = pop_from(inner, function(fairness)
        return pop_lane(lane_key(tenant, fairness))
      end, function(fairness)
        return weights[tenant .. '\0' .. fairness] or 1
      end)
      if redis.call('EXISTS', inner) == 0 then redis.call('SREM', extras, inner) end
    end
    if member and room then use_room(tenant, room, 1, now) end
    return member
  end, function(tenant)
    return weights[tenant] or 1
  end)
end

-- Lets a tenant have its turns again: it may have left the ring while it was shut. What stands in ready joins when it is taken.
local function reopen(tenant)
  if tenant ~= '' or redis.call('EXISTS', inner_ring('')) == 1 then join(ring, tenant) end
end

-- Some of those that wait at a gate, whichever, beside the first.
local function let_some_through(gate)
  local waiting = waiting_key(gate)
  for _ = 1, math.min(TRIED_AT_ONCE, redis.call('ZCARD', waiting) - 1) do
    local member = redis.call('ZRANDMEMBER', waiting)
    local tenant, fairness = lane_of(member)
    put_in_lane(member, redis.call('ZSCORE', waiting, member), tenant, fairness)
    redis.call('ZREM', waiting, member)
  end
end

-- Until when a gate is left alone: what it let through last was only just let through, or has not been taken yet. Then
-- nobody could have told how it stands.
local function rests_until(gate, now)
  local value = redis.call('HGET', last, gate)
  if not value then return now end
  local at = string.find(value, ' ', 1, true)
  local passed_at, member = tonumber(string.sub(value, 1, at - 1)), string.sub(value, at + 1)
  if now < passed_at + LOOK_AGAIN_MS then return passed_at + LOOK_AGAIN_MS end
  local tenant, fairness = lane_of(member)
  return redis.call('ZSCORE', lane_key(tenant, fairness), member) and now + LOOK_AGAIN_MS or now
end

-- Where the first has to wait for one that keeps an order with it, others may not have to.
local function look_at_key(gate, now)
  local rest = rests_until(gate, now)
  redis.call('ZADD', waits, rest > now and rest or now + LOOK_AGAIN_MS, gate)
  if rest > now then return end
  redis.call('HDEL', told, gate)
  local known = tonumber(redis.call('HGET', rooms, gate) or 0)
  if known == HELD_BY_A_TURN then let_some_through(gate) end
  let_through(gate, math.max(1, known), known, now)
end

local function look_at_tenant(tenant, now)
  redis.call('ZADD', waits, now + LOOK_AGAIN_MS, tenant)
  redis.call('HDEL', told, tenant)
  if tonumber(redis.call('HGET', rooms, tenant) or 0) <= 0 then redis.call('HSET', rooms, tenant, 1) end
  reopen(tenant)
end

-- Gates whose time has come to be looked at: one job tells how they stand.
local function look_again(now)
  for _, gate in ipairs(redis.call('ZRANGE', waits, '-inf', now, 'BYSCORE', 'LIMIT', 0, 100)) do
    if string.find(gate, '%z') then look_at_key(gate, now) else look_at_tenant(gate, now) end
  end
end

local function forget_lanes()
  repeat
    local names = redis.call('SPOP', extras, 1000)
    if #names > 0 then redis.call('UNLINK', unpack(names)) end
  until #names == 0
  redis.call('UNLINK', ring, rooms, waits, last, told, extras)
end
