-- Health of a Session: Healthy once it is as its spec asks (awake, asleep, completed or expired),
-- Degraded when only a person can help, else Progressing. A session that sleeps as asked is Healthy:
-- Argo CD's word Suspended would hold up every later sync wave.
local function condition(kind)
  for _, candidate in ipairs((obj.status or {}).conditions or {}) do
    if candidate.type == kind and candidate.status == "True" then
      return candidate
    end
  end
end

local function text(about)
  if about.message ~= nil and about.message ~= "" then
    return about.reason .. ": " .. about.message
  end
  return about.reason
end

if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "The session is being deleted" }
end
local status = obj.status or {}
if (status.observedGeneration or -1) ~= (obj.metadata.generation or 1) then
  return { status = "Progressing", message = "The operator has not seen this spec yet" }
end
local stalled = condition("Stalled")
if stalled ~= nil then
  return { status = "Degraded", message = text(stalled) }
end
local ready = condition("Ready")
if ready ~= nil then
  return { status = "Healthy", message = text(ready) }
end
return { status = "Progressing", message = text({ reason = status.reason or "Starting", message = status.message }) }
