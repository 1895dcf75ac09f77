-- Tells gates how much room there is behind them, and lets jobs through accordingly.
--
-- KEYS  1 ready
-- ARGV  1 wake channel  2 queue  3 now in ms  then for each gate: its name, '=' or '+', how much room there is, or is more,
--       when to look again in ms, or ''
-- No room given with '=' means that there is no limit, and less than none that the job whose turn it is holds up those that
-- keep an order with it, and no others. A gate that nothing is known of has nobody waiting, so more room
-- says nothing new.
local now, may_take = tonumber(ARGV[3]), false

local function set_room(gate, room, look_at, is_of_tenant)
  redis.call('HSET', rooms, gate, room)
  if room > 0 then redis.call('ZREM', waits, gate) end
  if room == HELD_BY_A_TURN then look_at = math.min(now + LOOK_AGAIN_MS, tonumber(look_at) or math.huge) end
  if look_at ~= '' then
    redis.call('ZADD', waits, look_at, gate)
  elseif room <= 0 and is_of_tenant then
    redis.call('ZADD', waits, 'NX', now + LOOK_AGAIN_MS, gate)
  end
end

for i = 4, #ARGV, 4 do
  local gate, sign, room, look_at = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local known = tonumber(redis.call('HGET', rooms, gate) or nil)
  local is_of_tenant = not string.find(gate, '%z')
  if known and not room then
    redis.call('HDEL', rooms, gate)
    redis.call('ZREM', waits, gate)
    reopen(gate)
    may_take = true
  elseif room and (known or sign == '=') then
    if sign == '+' then room = math.max(known, 0) + room end
    set_room(gate, room, look_at, is_of_tenant)
    if not is_of_tenant then
      may_take = let_through(gate, now) > 0 or may_take
    elseif room > 0 and not (known and known > 0) then
      reopen(gate)
      may_take = true
    end
  end
end
if may_take then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
