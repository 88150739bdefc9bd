#include "sojourn/domain/template_check.h"

#include <algorithm>
#include <array>
#include <set>

#include "domain/agent_container.h"
#include "domain/agents.h"
#include "domain/text.h"
#include "sojourn/base/pattern.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/quantity.h"

namespace sojourn::domain {
namespace {

using Problem = std::optional<std::string>;

Problem check_reporting(const api::SessionTemplateSpec& spec, std::string_view) {
  if (spec.reporting != api::Reporting::Unknown) return {};
  return "reporting.mode is a word of a newer version; upgrade the operator or leave it out";
}

Problem check_images(const api::SessionTemplateSpec& spec, std::string_view default_image) {
  for (const auto& agent : spec.agents) {
    if (agent.container.image.empty() && default_image.empty()) {
      return "agent " + quoted(agent.container.name) +
             " has no image; set agents[].image, or start the operator with --default-agent-image";
    }
  }
  return {};
}

std::vector<const api::Container*> containers_of(const api::SessionTemplateSpec& spec) {
  std::vector<const api::Container*> all;
  for (const auto& agent : spec.agents) all.push_back(&agent.container);
  for (const auto& container : spec.pod_template.spec.init_containers) all.push_back(&container);
  for (const auto& container : spec.pod_template.spec.sidecars) all.push_back(&container);
  return all;
}

Problem check_names(const api::SessionTemplateSpec& spec, std::string_view) {
  if (spec.agents.empty()) return "it has no agents; add at least one to agents[]";
  std::set<std::string_view> names;
  for (const auto* container : containers_of(spec)) {
    if (!names.insert(container->name).second) {
      return "two containers are called " + quoted(container->name) +
             "; agents, initContainers and sidecars need names of their own";
    }
  }
  return {};
}

Problem check_volumes(const api::SessionTemplateSpec& spec, std::string_view) {
  std::set<std::string_view> volumes;
  for (const auto& volume : spec.pod_template.spec.volumes) {
    if (volume.name == kWorkspaceVolume || volume.name == kContextVolume) {
      return "volume " + quoted(volume.name) + " has a reserved name; rename it";
    }
    if (!volumes.insert(volume.name).second) {
      return "two volumes are called " + quoted(volume.name) + "; rename one";
    }
  }
  volumes.insert(kWorkspaceVolume);  // whether there is one, the Session may say
  for (const auto* container : containers_of(spec)) {
    for (const auto& mount : container->volume_mounts) {
      if (!volumes.contains(mount.name)) {
        return "container " + quoted(container->name) + " mounts the volume " + quoted(mount.name) +
               ", which podTemplate.spec.volumes does not have";
      }
    }
  }
  return {};
}

// Agents also get the workspace and the context mounted: their own mounts must not cover these.
Problem check_mount_paths(const api::SessionTemplateSpec& spec, std::string_view) {
  const auto workspace =
      spec.storage ? spec.storage->mount_path.value_or("/workspace") : "/workspace";
  for (const auto& agent : spec.agents) {
    std::set<std::string_view> paths{workspace, kContextPath};
    for (const auto& mount : agent.container.volume_mounts) {
      if (!paths.insert(mount.mount_path).second) {
        return "agent " + quoted(agent.container.name) + " mounts two volumes at " +
               quoted(mount.mount_path) + " (the workspace is mounted at " + quoted(workspace) +
               "); choose another mountPath";
      }
    }
  }
  return {};
}

Problem check_environment(const api::SessionTemplateSpec& spec, std::string_view) {
  for (const auto& agent : spec.agents) {
    for (const auto& variable : agent.container.env) {
      if (variable.name.starts_with(kReservedEnvPrefix)) {
        return "agent " + quoted(agent.container.name) + " sets " + quoted(variable.name) +
               "; names that begin with SESSION_ are set by the operator";
      }
    }
  }
  return {};
}

Problem check_settings(const api::SessionTemplateSpec& spec, std::string_view) {
  for (const auto& agent : spec.agents) {
    const auto& name = agent.container.name;
    if (agent_file(name, agent.settings).size() <= kMaxAgentFileBytes) continue;
    return "the settings of agent " + quoted(name) + " (model, config, tools) are larger than " +
           std::to_string(kMaxAgentFileBytes) + " bytes; put some of them on a volume";
  }
  return {};
}

Problem check_parameter(const api::ParameterSpec& parameter) {
  const auto name = "parameter " + quoted(parameter.name);
  if (parameter.required && parameter.default_value) {
    return name + " is required and has a default; keep one of them";
  }
  if (parameter.pattern.empty()) return {};
  const auto matches = matches_whole(parameter.pattern, parameter.default_value.value_or(""));
  if (!matches) {
    return name + " has the pattern " + quoted(parameter.pattern) +
           ", which is no regular expression of RE2: " + matches.error().message;
  }
  if (*matches || !parameter.default_value) return {};
  return name + " has a default that does not match its pattern " + quoted(parameter.pattern);
}

// Every container has the parameters as variables.
Problem check_parameters(const api::SessionTemplateSpec& spec, std::string_view) {
  std::set<std::string_view> names;
  for (const auto& parameter : spec.parameters) {
    if (auto problem = check_parameter(parameter)) return problem;
    names.insert(parameter.name);
  }
  for (const auto* container : containers_of(spec)) {
    for (const auto& variable : container->env) {
      if (!names.contains(variable.name)) continue;
      return "container " + quoted(container->name) + " sets " + quoted(variable.name) +
             " itself, which is a parameter, too; rename one of them";
    }
  }
  return {};
}

Problem check_pair(std::string_view where, std::string_view resource, std::string_view limit,
                   std::string_view request) {
  const auto most = limit.empty() ? std::nullopt : parse_milli_quantity(limit);
  const auto least = request.empty() ? std::nullopt : parse_milli_quantity(request);
  for (const auto& [text, value] : {std::pair{limit, most}, {request, least}}) {
    if (!text.empty() && !value) {
      return std::string(where) + ": " + quoted(text) + " is no quantity of " +
             std::string(resource) + "; write for example 500m or 1Gi";
    }
  }
  if (most && least && *least > *most) {
    return std::string(where) + ": the request of " + std::string(resource) + " (" +
           std::string(request) + ") is larger than its limit (" + std::string(limit) + ")";
  }
  return {};
}

Problem check_resources(const api::SessionTemplateSpec& spec, std::string_view) {
  const auto& whole = spec.resources;
  if (auto problem = check_pair("resources", "cpu", whole.cpu, whole.requests_cpu)) return problem;
  if (auto problem = check_pair("resources", "memory", whole.memory, whole.requests_memory)) {
    return problem;
  }
  for (const auto* container : containers_of(spec)) {
    const auto& own = container->resources;
    std::set<std::string_view> resources;
    for (const auto& entry : own.limits) resources.insert(entry.first);
    for (const auto& entry : own.requests) resources.insert(entry.first);
    for (const auto resource : resources) {
      auto problem =
          check_pair("container " + quoted(container->name), resource,
                     api::lookup(own.limits, resource), api::lookup(own.requests, resource));
      if (problem) return problem;
    }
  }
  return {};
}

Problem check_storage(const api::SessionTemplateSpec& spec, std::string_view) {
  if (!spec.storage || !spec.storage->size || parse_milli_quantity(*spec.storage->size)) return {};
  return "storage.size " + quoted(*spec.storage->size) + " is no quantity; write for example 10Gi";
}

constexpr std::array kChecks{check_reporting,   check_names,       check_images,   check_volumes,
                             check_mount_paths, check_environment, check_settings, check_parameters,
                             check_resources,   check_storage};

}  // namespace

std::optional<std::string> check_volume_fits(const api::SessionTemplateSpec& spec,
                                             const Policy& policy) {
  for (const auto* container : containers_of(spec)) {
    const auto& mounts = container->volume_mounts;
    const bool mounted = std::ranges::any_of(
        mounts, [](const auto& mount) { return mount.name == kWorkspaceVolume; });
    if (mounted && !policy.storage) {
      return "container " + quoted(container->name) +
             " mounts the volume \"workspace\", but neither the template nor the Session asks for "
             "storage; set spec.storage of either";
    }
  }
  if (!policy.storage) return std::nullopt;
  for (const auto& agent : spec.agents) {
    for (const auto& mount : agent.container.volume_mounts) {
      if (mount.mount_path == policy.storage->mount_path) {
        return "agent " + quoted(agent.container.name) + " mounts a volume at " +
               quoted(mount.mount_path) +
               ", where the workspace is mounted, too; choose another storage.mountPath";
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_template(const api::SessionTemplateSpec& spec,
                                          std::string_view default_agent_image) {
  for (const auto check : kChecks) {
    if (auto problem = check(spec, default_agent_image)) return problem;
  }
  return std::nullopt;
}

}  // namespace sojourn::domain
