-- Tells gates how much room there is behind them, and lets jobs through accordingly.
--
-- KEYS  1 ready
-- ARGV  1 wake channel  2 queue  3 now in ms  then for gates of which the same is to be told: '=' or '+', how much room there
--       is, or is more, when to look again in ms, or '', how many gates, their names
-- No room given with '=' means that there is no limit, and less than none that the job whose turn it is holds up those that
-- keep an order with it, and no others. A gate that nothing is known of has nobody waiting, so more room says nothing new.
-- Where a room is known, only a larger one is news, and not more often than gates are looked at.
local now, may_take = tonumber(ARGV[3]), false

local function is_news(gate, room, known)
  if not known or known == HELD_BY_A_TURN then return true end
  if room <= known or now - tonumber(redis.call('HGET', told, gate) or 0) < LOOK_AGAIN_MS then return false end
  redis.call('HSET', told, gate, now)
  return true
end

local function hold(gate, look_at)
  redis.call('HSET', rooms, gate, HELD_BY_A_TURN)
  redis.call('HDEL', last, gate)
  redis.call('ZADD', waits, math.min(now + LOOK_AGAIN_MS, tonumber(look_at) or math.huge), gate)
end

local function open_tenant(tenant, room, known, look_at)
  if room ~= known then redis.call('HSET', rooms, tenant, room) end
  if room > 0 then
    redis.call('ZREM', waits, tenant)
    if known and known > 0 then return end
    reopen(tenant)
    may_take = true
  elseif look_at == '' then
    redis.call('ZADD', waits, 'NX', now + LOOK_AGAIN_MS, tenant)
  end
end

local function open(gate, known, sign, room, look_at)
  if known and not room then
    redis.call('HDEL', rooms, gate)
    redis.call('HDEL', told, gate)
    redis.call('ZREM', waits, gate)
    reopen(gate)
    may_take = true
  elseif room == HELD_BY_A_TURN then
    hold(gate, look_at)
  elseif room and (known or sign == '=') then
    if sign == '+' then
      room = math.max(known, 0) + room
    elseif not is_news(gate, room, known) then
      room = known
    end
    if string.find(gate, '%z') then
      may_take = let_through(gate, room, known, now) > 0 or may_take
    else
      open_tenant(gate, room, known, look_at)
    end
    if look_at ~= '' then
      redis.call('ZADD', waits, look_at, gate)
      redis.call('HDEL', last, gate) -- then it is looked at, whenever it let somebody through
    end
  end
end

local at = 4
while at < #ARGV do
  local sign, room, look_at, n = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
  local known = redis.call('HMGET', rooms, unpack(ARGV, at + 4, at + 3 + n))
  for i = 1, n do open(ARGV[at + 3 + i], tonumber(known[i] or nil), sign, room, look_at) end
  at = at + 4 + n
end
if may_take then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
