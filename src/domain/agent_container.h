#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/container.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// Volumes of the operator's own; a template may not use these names.
inline constexpr std::string_view kWorkspaceVolume = "workspace";
inline constexpr std::string_view kContextVolume = "sojourn-context";
// Environment variables with this prefix are ours (docs/agents.md).
inline constexpr std::string_view kReservedEnvPrefix = "SESSION_";

// The container of one agent: the template's, with the session's names, its volume and its share of
// the session's resources. `spec` is the template as tailored().
api::Container build_agent_container(const api::Session& session,
                                     const api::SessionTemplateSpec& spec,
                                     const api::AgentSpec& agent, const Policy& policy);

}  // namespace sojourn::domain
