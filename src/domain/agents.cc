#include "domain/agents.h"

#include <algorithm>

#include "sojourn/base/json_quoted.h"

namespace sojourn::domain {
namespace {

std::string joined_json(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : ",") + json_quoted(text);
  return "[" + list + "]";
}

}  // namespace

api::SessionTemplateSpec tailored(const api::SessionSpec& session,
                                  const api::SessionTemplateSpec& spec) {
  auto result = spec;
  if (session.agents.empty()) return result;
  result.agents.clear();
  for (const auto& agent : spec.agents) {
    const auto choice =
        std::ranges::find(session.agents, agent.container.name, &api::AgentChoice::name);
    if (choice == session.agents.end()) continue;
    result.agents.push_back({agent.container, merge(agent.settings, choice->settings)});
  }
  return result;
}

api::AgentSettings merge(api::AgentSettings tmpl, const api::AgentSettings& session) {
  auto merged = std::move(tmpl);
  if (!session.model.empty()) merged.model = session.model;
  for (const auto& [key, value] : session.config) merged.config.insert_or_assign(key, value);
  if (session.tools) merged.tools = session.tools;
  if (!session.temperature.empty()) merged.temperature = session.temperature;
  if (session.max_output_tokens) merged.max_output_tokens = session.max_output_tokens;
  return merged;
}

std::string_view model_of(const api::AgentSettings& settings) {
  return settings.model.empty() ? api::lookup(settings.config, "model")
                                : std::string_view(settings.model);
}

std::string agent_file(std::string_view name, const api::AgentSettings& settings) {
  std::string config;
  for (const auto& [key, value] : settings.config) {
    config += (config.empty() ? "" : ",") + json_quoted(key) + ":" + json_quoted(value);
  }
  std::string file = "{\"agent\":" + json_quoted(name) +
                     ",\"model\":" + json_quoted(model_of(settings)) + ",\"config\":{" + config +
                     "}";
  if (settings.tools) file += ",\"tools\":" + joined_json(*settings.tools);
  if (!settings.temperature.empty()) file += ",\"temperature\":" + settings.temperature.text;
  if (settings.max_output_tokens) {
    file += ",\"maxOutputTokens\":" + std::to_string(*settings.max_output_tokens);
  }
  return file + "}";
}

std::string literal(std::string_view value) {
  std::string text;
  for (const char c : value) text.append(c == '$' ? 2 : 1, c);
  return text;
}

std::vector<api::EnvVar> parameter_variables(const api::SessionSpec& session,
                                             const api::SessionTemplateSpec& spec) {
  std::vector<api::EnvVar> variables;
  for (const auto& parameter : spec.parameters) {
    const auto given = session.parameters.find(parameter.name);
    if (given != session.parameters.end()) {
      variables.push_back({parameter.name, literal(given->second), {}});
    } else if (parameter.default_value) {
      variables.push_back({parameter.name, literal(*parameter.default_value), {}});
    }
  }
  return variables;
}

}  // namespace sojourn::domain
