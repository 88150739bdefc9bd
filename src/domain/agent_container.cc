#include "domain/agent_container.h"

#include <algorithm>
#include <iterator>

#include "domain/agents.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/quantity.h"
#include "sojourn/domain/retention.h"

namespace sojourn::domain {
namespace {

using Format = std::string (*)(std::int64_t milli);

// One resource of the session divided equally among the agents that state none of their own.
// Sessions mostly wait: without a stated request, one `request_part`th of the limit is reserved.
struct Share {
  std::string_view resource;
  const std::string& limit;
  const std::string& request;
  std::int64_t request_part;
  Format format;
};

void apply(const Share& share, std::int64_t agents, api::ResourceRequirements& resources) {
  const auto limit = parse_milli_quantity(share.limit);
  // A limit of 0 would be none.
  if (limit) {
    resources.limits.emplace(share.resource,
                             share.format(std::max<std::int64_t>(*limit / agents, 1)));
  }
  const auto request = parse_milli_quantity(share.request);
  if (request) {
    resources.requests.emplace(share.resource, share.format(*request / agents));
  } else if (limit) {
    resources.requests.emplace(share.resource, share.format(*limit / agents / share.request_part));
  }
}

bool states_resources(const api::AgentSpec& agent) {
  return !agent.container.resources.limits.empty() || !agent.container.resources.requests.empty();
}

api::ResourceRequirements resources_of(const api::AgentSpec& agent,
                                       const api::SessionTemplateSpec& spec) {
  if (states_resources(agent)) return agent.container.resources;
  const auto sharers = std::ranges::count_if(
      spec.agents, [](const auto& candidate) { return !states_resources(candidate); });
  api::ResourceRequirements resources;
  const auto& whole = spec.resources;
  apply({"cpu", whole.cpu, whole.requests_cpu, 10, format_milli}, sharers, resources);
  apply({"memory", whole.memory, whole.requests_memory, 4, format_bytes}, sharers, resources);
  return resources;
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ",") + word;
  return list;
}

// Before the template's own variables, so that these may refer to them: $(SESSION_NAME).
std::vector<api::EnvVar> environment(const api::Session& session, const api::AgentSpec& agent,
                                     const Policy& policy) {
  const auto& name = agent.container.name;
  const auto& settings = agent.settings;
  const auto& spec = session.spec;
  std::vector<api::EnvVar> env;
  const auto set = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) env.push_back({std::string(key), literal(value), {}});
  };
  set("SESSION_ID", session.meta.uid);
  set("SESSION_NAME", session.meta.name);
  set("SESSION_NAMESPACE", session.meta.namespace_);
  set("SESSION_DISPLAY_NAME", spec.display_name);
  set("SESSION_MODE", api::to_string(spec.mode));
  set("SESSION_CREATED_BY", api::lookup(session.meta.annotations, kCreatedByAnnotation));
  set("SESSION_AGENT", name);
  set("SESSION_MODEL", model_of(settings));
  set("SESSION_TEMPERATURE", settings.temperature.text);
  set("SESSION_MAX_OUTPUT_TOKENS",
      settings.max_output_tokens ? std::to_string(*settings.max_output_tokens) : "");
  set("SESSION_TOOLS", settings.tools ? joined(*settings.tools) : "");
  set("SESSION_WORKSPACE", policy.storage ? policy.storage->mount_path : "");
  if (!spec.context.empty() || spec.context_from) {
    set("SESSION_CONTEXT_FILE", std::string(kContextPath) + "/" + std::string(kContextFile));
  }
  set("SESSION_CONFIG_FILE", std::string(kContextPath) + "/agents/" + name + ".json");
  return env;
}

}  // namespace

api::Container build_agent_container(const api::Session& session,
                                     const api::SessionTemplateSpec& spec,
                                     const api::AgentSpec& agent, const Policy& policy) {
  api::Container container = agent.container;
  if (container.image.empty()) container.image = policy.default_agent_image;
  auto env = environment(session, agent, policy);
  std::ranges::move(container.env, std::back_inserter(env));
  container.env = std::move(env);
  container.resources = resources_of(agent, spec);
  if (policy.storage) {
    container.volume_mounts.push_back(
        {std::string(kWorkspaceVolume), policy.storage->mount_path, "", false});
  }
  container.volume_mounts.push_back(
      {std::string(kContextVolume), std::string(kContextPath), "", true});
  container.security = api::ContainerSecurity{};
  return container;
}

}  // namespace sojourn::domain
