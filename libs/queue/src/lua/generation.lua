-- Put before every script. Which server this is, and what the generation key of a queue says of its index.
-- A restarted server, a promoted replica and another node of a cluster have a run_id of their own; what they hold may be old.
local function server_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
end

-- Returns state, number, server; nothing if the key is missing or is not ours.
local function generation_of(key)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'string' then return nil end
  return string.match(value, '^(%a+) (%d+) (%w+)$')
end

local function generation_text(state, number)
  return state .. ' ' .. number .. ' ' .. server_id()
end
