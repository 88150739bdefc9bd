#include "sojourn/domain/pod_shape.h"

#include <algorithm>
#include <charconv>

#include "domain/agent_container.h"
#include "domain/agents.h"
#include "sojourn/domain/claim_shape.h"

namespace sojourn::domain {
namespace {

constexpr std::int64_t kDefaultId = 10001;  // not root, and no user of the usual base images

// The template's own entries, without those under our prefix (S47). Our labels are set after them.
api::StringMap unreserved(const api::StringMap& entries) {
  api::StringMap kept;
  for (const auto& [key, value] : entries) {
    if (!key.starts_with(kReservedPrefix)) kept.emplace(key, value);
  }
  return kept;
}

void set_identity(api::Pod& pod, const api::Session& session, const Revision& revision) {
  const auto& tmpl = revision.spec->pod_template;
  pod.meta.namespace_ = session.meta.namespace_;
  pod.meta.owner_references = {owner_reference(session, true)};
  pod.meta.labels = unreserved(tmpl.labels);
  pod.meta.labels.insert_or_assign(std::string(kSessionLabel), session.meta.name);
  pod.meta.labels.insert_or_assign(std::string(kSessionUidLabel), session.meta.uid);
  pod.meta.labels.insert_or_assign(std::string(kTemplateLabel), session.spec.template_name);
  pod.meta.labels.insert_or_assign(std::string(kManagedByLabel), std::string(kManagedBy));
  pod.meta.annotations = unreserved(tmpl.annotations);
  pod.meta.annotations.insert_or_assign(std::string(kRevisionAnnotation), revision.id.revision);
  pod.meta.annotations.insert_or_assign(std::string(kGenerationAnnotation),
                                        std::to_string(revision.id.generation));
}

// The files under kContextPath are annotations read through the downward API: they need no
// ConfigMap and no right to make one. Only a ConfigMap that the Session names is mounted as such.
void add_context(api::Pod& pod, const api::Session& session, const api::SessionTemplateSpec& spec) {
  api::FileVolume files;
  const auto add = [&](std::string path, std::string key, std::string content) {
    pod.meta.annotations.insert_or_assign(key, std::move(content));
    files.annotations.push_back({std::move(path), std::move(key)});
  };
  if (!session.spec.prompt.empty()) {
    add("prompt.txt", std::string(kPromptAnnotation), session.spec.prompt);
  }
  if (!session.spec.context.empty()) {
    add(std::string(kContextFile), std::string(kContextAnnotation), session.spec.context);
  }
  if (const auto& from = session.spec.context_from) {
    files.config_maps.push_back({std::string(kContextFile), from->name, from->key});
  }
  for (const auto& agent : spec.agents) {
    const auto& name = agent.container.name;
    add("agents/" + name + ".json", std::string(kReservedPrefix) + "agent." + name,
        agent_file(name, agent.settings));
  }
  pod.spec.volumes.push_back({std::string(kContextVolume), std::move(files)});
}

void add_volumes(api::Pod& pod, const api::PodTemplateSpec& tmpl, const Policy& policy,
                 const std::string& claim_name) {
  if (policy.storage) {
    pod.spec.volumes.push_back({std::string(kWorkspaceVolume), api::ClaimVolume{claim_name}});
  }
  for (const auto& volume : tmpl.volumes) pod.spec.volumes.push_back({volume.name, volume.source});
}

api::PodSecurity restricted(api::PodSecurity security) {
  if (!security.run_as_user) security.run_as_user = kDefaultId;
  if (!security.run_as_group) security.run_as_group = kDefaultId;
  if (!security.fs_group) security.fs_group = kDefaultId;
  if (!security.run_as_non_root) security.run_as_non_root = true;
  // A large volume is not walked through at every wake.
  if (security.fs_group_change_policy.empty()) security.fs_group_change_policy = "OnRootMismatch";
  if (security.seccomp_profile.empty())
    security.seccomp_profile.text = R"({"type":"RuntimeDefault"})";
  return security;
}

void add_containers(api::Pod& pod, const api::Session& session,
                    const api::SessionTemplateSpec& spec, const Policy& policy) {
  // Before a container's own variables, so that these may refer to them.
  const auto parameters = parameter_variables(session.spec, spec);
  const auto give_parameters = [&](api::Container& container) {
    container.env.insert(container.env.begin(), parameters.begin(), parameters.end());
  };
  for (auto container : spec.pod_template.spec.init_containers) {
    container.security = api::ContainerSecurity{};
    give_parameters(container);
    pod.spec.init_containers.push_back(std::move(container));
  }
  for (auto container : spec.pod_template.spec.sidecars) {
    container.security = api::ContainerSecurity{};
    give_parameters(container);
    // A native sidecar: it starts before the agents and does not keep a finished Task's pod
    // running.
    container.restart_policy = "Always";
    pod.spec.init_containers.push_back(std::move(container));
  }
  for (const auto& agent : spec.agents) {
    pod.spec.containers.push_back(build_agent_container(session, spec, agent, policy));
    give_parameters(pod.spec.containers.back());
  }
}

}  // namespace

api::Pod build_pod(const api::Session& session, const Revision& revision, const Policy& policy,
                   const std::string& name) {
  const auto spec = tailored(session.spec, *revision.spec);
  const auto& tmpl = spec.pod_template.spec;
  api::Pod pod;
  pod.meta.name = name;
  set_identity(pod, session, revision);
  add_context(pod, session, spec);
  const auto& existing = session.spec.existing_claim;
  add_volumes(pod, tmpl, policy, existing.empty() ? name : existing);
  add_containers(pod, session, spec, policy);
  pod.spec.restart_policy = session.spec.mode == api::SessionMode::Task ? "Never" : "Always";
  pod.spec.service_account_name = tmpl.service_account_name;
  pod.spec.priority_class_name = tmpl.priority_class_name;
  pod.spec.runtime_class_name = tmpl.runtime_class_name;
  pod.spec.node_selector = tmpl.node_selector;
  pod.spec.affinity = tmpl.affinity;
  pod.spec.tolerations = tmpl.tolerations;
  pod.spec.topology_spread_constraints = tmpl.topology_spread_constraints;
  pod.spec.security = restricted(tmpl.security);
  pod.spec.image_pull_secrets = tmpl.image_pull_secrets;
  pod.spec.termination_grace_period_seconds = tmpl.termination_grace_period_seconds;
  return pod;
}

api::TemplateStatus template_of(const api::Pod& pod) {
  api::TemplateStatus status;
  status.name = api::lookup(pod.meta.labels, kTemplateLabel);
  status.revision = api::lookup(pod.meta.annotations, kRevisionAnnotation);
  const auto generation = api::lookup(pod.meta.annotations, kGenerationAnnotation);
  std::from_chars(generation.data(), generation.data() + generation.size(), status.generation);
  return status;
}

}  // namespace sojourn::domain
