-- What can be done with a Session: run it or put it to sleep, while it has no outcome.
local wanted = (obj.spec or {}).desiredState or "Running"
local over = (obj.status or {}).outcome ~= nil
return {
  ["run"] = { ["disabled"] = over or wanted == "Running" },
  ["pause"] = { ["disabled"] = over or wanted == "Paused" },
  ["stop"] = { ["disabled"] = over or wanted == "Stopped" },
}
