#include "sojourn/domain/session_check.h"

#include <algorithm>
#include <array>

#include "domain/agents.h"
#include "domain/text.h"
#include "sojourn/base/pattern.h"

namespace sojourn::domain {
namespace {

using Problem = std::optional<std::string>;

// "SessionTemplate team": the begin of most sentences here.
std::string template_name(const api::SessionSpec& session) {
  return "SessionTemplate " + session.template_name;
}

std::string agent_names(const api::SessionTemplateSpec& spec) {
  std::string names;
  for (const auto& agent : spec.agents) {
    names += (names.empty() ? "" : ", ") + agent.container.name;
  }
  return names;
}

bool allows(const api::SessionTemplateSpec& spec, std::string_view field) {
  return std::ranges::find(spec.overrides, field) != spec.overrides.end();
}

Problem check_agents(const api::SessionSpec& session, const api::SessionTemplateSpec& spec) {
  for (const auto& choice : session.agents) {
    const bool known = std::ranges::any_of(spec.agents, [&](const api::AgentSpec& agent) {
      return agent.container.name == choice.name;
    });
    if (known) continue;
    return template_name(session) + " has no agent " + quoted(choice.name) + ", only " +
           agent_names(spec) + "; create a Session with one of these in agents[]";
  }
  return {};
}

// The members of agents[] that say something otherwise, by their names in the API.
struct Said {
  std::string_view field;
  bool is_set;
};
std::array<Said, 5> said_by(const api::AgentSettings& settings) {
  return {{{"model", !settings.model.empty()},
           {"config", !settings.config.empty()},
           {"tools", settings.tools.has_value()},
           {"temperature", !settings.temperature.empty()},
           {"maxOutputTokens", settings.max_output_tokens.has_value()}}};
}

Problem check_overrides(const api::SessionSpec& session, const api::SessionTemplateSpec& spec) {
  for (const auto& choice : session.agents) {
    for (const auto& [field, is_set] : said_by(choice.settings)) {
      if (!is_set || allows(spec, field)) continue;
      return template_name(session) + " does not let a Session say " + std::string(field) +
             " of agent " + quoted(choice.name) + "; leave it out, or add " + std::string(field) +
             " to the template's overrides";
    }
  }
  if (session.context_from && !allows(spec, "contextFrom")) {
    return template_name(session) +
           " does not let a Session name a ConfigMap; use context, or add contextFrom to the "
           "template's overrides";
  }
  return {};
}

Problem check_sizes(const api::SessionSpec& session, const api::SessionTemplateSpec& spec) {
  if (session.agents.empty()) return {};  // as check_template() saw them
  for (const auto& agent : tailored(session, spec).agents) {
    const auto& name = agent.container.name;
    if (agent_file(name, agent.settings).size() <= kMaxAgentFileBytes) continue;
    return "the settings of agent " + quoted(name) + " are larger than " +
           std::to_string(kMaxAgentFileBytes) + " bytes together with those of " +
           template_name(session) + "; create a Session that says less";
  }
  return {};
}

Problem check_given(const api::SessionSpec& session, const api::SessionTemplateSpec& spec) {
  for (const auto& [name, value] : session.parameters) {
    const auto declared = std::ranges::find(spec.parameters, name, &api::ParameterSpec::name);
    if (declared == spec.parameters.end()) {
      return template_name(session) + " has no parameter " + quoted(name) +
             "; leave it out, or declare it in the template's parameters[]";
    }
    if (declared->pattern.empty()) continue;
    const auto matches = matches_whole(declared->pattern, value);
    if (matches && *matches) continue;
    // The value may be secret, so that only its rule is told.
    return "parameter " + quoted(name) + " does not match " + quoted(declared->pattern) + ", as " +
           template_name(session) + " wants it; create a Session with another value";
  }
  return {};
}

Problem check_required(const api::SessionSpec& session, const api::SessionTemplateSpec& spec) {
  for (const auto& parameter : spec.parameters) {
    if (!parameter.required || session.parameters.contains(parameter.name)) continue;
    return template_name(session) + " requires the parameter " + quoted(parameter.name) +
           "; create a Session that gives it in parameters";
  }
  return {};
}

constexpr std::array kChecks{check_agents, check_overrides, check_sizes, check_given,
                             check_required};

}  // namespace

std::optional<std::string> check_session(const api::SessionSpec& session,
                                         const api::SessionTemplateSpec& spec) {
  for (const auto check : kChecks) {
    if (auto problem = check(session, spec)) return problem;
  }
  return std::nullopt;
}

}  // namespace sojourn::domain
