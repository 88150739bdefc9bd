#include "domain/agent_container.h"

#include <algorithm>

#include "sojourn/base/json_quoted.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/quantity.h"

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

// As the value of a variable that stays what it is: the kubelet would replace $(NAME) (S46).
std::string literal(std::string_view value) {
  std::string text;
  for (const char c : value) text.append(c == '$' ? 2 : 1, c);
  return text;
}

std::vector<api::EnvVar> environment(const api::Session& session, const api::AgentSpec& agent,
                                     const Policy& policy) {
  const auto& name = agent.container.name;
  std::vector<api::EnvVar> env = agent.container.env;
  const auto set = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) env.push_back({std::string(key), literal(value), {}});
  };
  set("SESSION_ID", session.meta.uid);
  set("SESSION_NAME", session.meta.name);
  set("SESSION_NAMESPACE", session.meta.namespace_);
  set("SESSION_MODE", api::to_string(session.spec.mode));
  set("SESSION_AGENT", name);
  set("SESSION_MODEL", model_of(agent));
  set("SESSION_WORKSPACE", policy.storage ? policy.storage->mount_path : "");
  set("SESSION_CONFIG_FILE", std::string(kContextPath) + "/agents/" + name + ".json");
  return env;
}

}  // namespace

std::string_view model_of(const api::AgentSpec& agent) {
  return agent.model.empty() ? api::lookup(agent.config, "model") : std::string_view(agent.model);
}

std::string agent_file(const api::AgentSpec& agent) {
  std::string config;
  for (const auto& [key, value] : agent.config) {
    config += (config.empty() ? "" : ",") + json_quoted(key) + ":" + json_quoted(value);
  }
  return "{\"agent\":" + json_quoted(agent.container.name) +
         ",\"model\":" + json_quoted(model_of(agent)) + ",\"config\":{" + config + "}}";
}

api::Container build_agent_container(const api::Session& session,
                                     const api::SessionTemplateSpec& spec,
                                     const api::AgentSpec& agent, const Policy& policy) {
  api::Container container = agent.container;
  if (container.image.empty()) container.image = policy.default_agent_image;
  container.env = environment(session, agent, policy);
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
