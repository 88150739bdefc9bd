-- Health of a SessionTemplate: whether pods can be made from it.
for _, candidate in ipairs((obj.status or {}).conditions or {}) do
  if candidate.type == "Accepted" and candidate.observedGeneration == obj.metadata.generation then
    if candidate.status == "True" then
      return { status = "Healthy", message = "Pods can be made from the template" }
    end
    return { status = "Degraded", message = candidate.reason .. ": " .. candidate.message }
  end
end
return { status = "Progressing", message = "The operator has not seen this template yet" }
