#pragma once

#include <vector>

#include "api/json/object_view.h"
#include "sojourn/api/agent.h"

namespace sojourn::api {

// What an agent of a Session or a SessionTemplate is told: members of `view`, an item of agents[].
AgentSettings read_agent_settings(const ObjectView& view);

}  // namespace sojourn::api
