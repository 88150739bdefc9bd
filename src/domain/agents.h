#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"

namespace sojourn::domain {

// What a Session makes of its template's agents and parameters. Each function expects a Session
// that check_session() lets pass.

// The template as the Session wants it: with the agents that it names, or all, in the template's
// order, and with what it says otherwise of them.
api::SessionTemplateSpec tailored(const api::SessionSpec& session,
                                  const api::SessionTemplateSpec& spec);

// The settings of the template's agent with those of the Session put over them: config key by key,
// the others as a whole.
api::AgentSettings merge(api::AgentSettings tmpl, const api::AgentSettings& session);

// The model an agent is told: its `model`, else `config.model`.
std::string_view model_of(const api::AgentSettings& settings);

// The JSON file an agent finds at kContextPath/agents/<name>.json: agent, model, config, and tools,
// temperature and maxOutputTokens where they are set.
std::string agent_file(std::string_view name, const api::AgentSettings& settings);

// Together with the prompt, the context and the template's annotations (64, 16 and 16 KiB) the
// files of 16 agents fit into the 256 KiB of annotations that a pod may have.
inline constexpr std::size_t kMaxAgentFileBytes = 8'192;

// A text as the value of a variable that stays what it is: the kubelet would replace $(NAME) (S46).
std::string literal(std::string_view value);

// One variable for each declared parameter that has a value: the Session's, else its default.
std::vector<api::EnvVar> parameter_variables(const api::SessionSpec& session,
                                             const api::SessionTemplateSpec& spec);

}  // namespace sojourn::domain
