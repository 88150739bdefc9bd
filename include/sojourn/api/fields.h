#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>

#include "sojourn/api/agent.h"
#include "sojourn/api/condition.h"
#include "sojourn/api/container.h"
#include "sojourn/api/controller_revision.h"
#include "sojourn/api/meta.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/api/storage.h"

namespace sojourn::api {

// fields(object): references to all members of a struct, for code that treats every struct alike.
// A struct that gets one more member does not compile until it is named here.

// T is `Struct`, const or not.
template <typename T, typename Struct>
concept SameStruct = std::same_as<std::remove_const_t<T>, Struct>;

auto fields(SameStruct<JsonText> auto& object) {
  auto& [text] = object;
  return std::tie(text);
}

auto fields(SameStruct<OwnerReference> auto& object) {
  auto& [api_version, kind, name, uid, controller] = object;
  return std::tie(api_version, kind, name, uid, controller);
}

auto fields(SameStruct<ObjectMeta> auto& object) {
  auto& [name, namespace_, uid, resource_version, generation, labels, annotations, owner_references,
         creation_timestamp, deletion_timestamp] = object;
  return std::tie(name, namespace_, uid, resource_version, generation, labels, annotations,
                  owner_references, creation_timestamp, deletion_timestamp);
}

auto fields(SameStruct<Condition> auto& object) {
  auto& [type, status, reason, message, last_transition_time, observed_generation] = object;
  return std::tie(type, status, reason, message, last_transition_time, observed_generation);
}

auto fields(SameStruct<EnvVar> auto& object) {
  auto& [name, value, value_from] = object;
  return std::tie(name, value, value_from);
}

auto fields(SameStruct<VolumeMount> auto& object) {
  auto& [name, mount_path, sub_path, read_only] = object;
  return std::tie(name, mount_path, sub_path, read_only);
}

auto fields(SameStruct<ResourceRequirements> auto& object) {
  auto& [limits, requests] = object;
  return std::tie(limits, requests);
}

auto fields(SameStruct<ContainerSecurity> auto& object) {
  auto& [allow_privilege_escalation, drop_capabilities] = object;
  return std::tie(allow_privilege_escalation, drop_capabilities);
}

auto fields(SameStruct<Container> auto& object) {
  auto& [name, image, command, args, env, env_from, ports, resources, volume_mounts, restart_policy,
         security] = object;
  return std::tie(name, image, command, args, env, env_from, ports, resources, volume_mounts,
                  restart_policy, security);
}

auto fields(SameStruct<PodSecurity> auto& object) {
  auto& [run_as_user, run_as_group, fs_group, run_as_non_root, fs_group_change_policy,
         supplemental_groups, seccomp_profile] = object;
  return std::tie(run_as_user, run_as_group, fs_group, run_as_non_root, fs_group_change_policy,
                  supplemental_groups, seccomp_profile);
}

auto fields(SameStruct<StorageRetention> auto& object) {
  auto& [when_expired, when_deleted, retain_for_seconds] = object;
  return std::tie(when_expired, when_deleted, retain_for_seconds);
}

auto fields(SameStruct<StorageSpec> auto& object) {
  auto& [size, storage_class_name, access_mode, mount_path, retention] = object;
  return std::tie(size, storage_class_name, access_mode, mount_path, retention);
}

auto fields(SameStruct<RetryPolicy> auto& object) {
  auto& [limit, initial_seconds, max_seconds] = object;
  return std::tie(limit, initial_seconds, max_seconds);
}

auto fields(SameStruct<TtlSpec> auto& object) {
  auto& [after_idle_seconds, max_lifetime_seconds, delete_after_finished_seconds] = object;
  return std::tie(after_idle_seconds, max_lifetime_seconds, delete_after_finished_seconds);
}

auto fields(SameStruct<LimitsSpec> auto& object) {
  auto& [active_deadline_seconds] = object;
  return std::tie(active_deadline_seconds);
}

auto fields(SameStruct<ClaimVolume> auto& object) {
  auto& [claim_name] = object;
  return std::tie(claim_name);
}

auto fields(SameStruct<AnnotationFile> auto& object) {
  auto& [path, annotation] = object;
  return std::tie(path, annotation);
}

auto fields(SameStruct<ConfigMapFile> auto& object) {
  auto& [path, config_map, key] = object;
  return std::tie(path, config_map, key);
}

auto fields(SameStruct<FileVolume> auto& object) {
  auto& [annotations, config_maps] = object;
  return std::tie(annotations, config_maps);
}

auto fields(SameStruct<Volume> auto& object) {
  auto& [name, source] = object;
  return std::tie(name, source);
}

auto fields(SameStruct<PodSpec> auto& object) {
  auto& [node_name, containers, init_containers, volumes, restart_policy, service_account_name,
         priority_class_name, runtime_class_name, node_selector, affinity, tolerations,
         topology_spread_constraints, security, image_pull_secrets,
         termination_grace_period_seconds] = object;
  return std::tie(node_name, containers, init_containers, volumes, restart_policy,
                  service_account_name, priority_class_name, runtime_class_name, node_selector,
                  affinity, tolerations, topology_spread_constraints, security, image_pull_secrets,
                  termination_grace_period_seconds);
}

auto fields(SameStruct<TerminatedState> auto& object) {
  auto& [exit_code, reason] = object;
  return std::tie(exit_code, reason);
}

auto fields(SameStruct<ContainerStatus> auto& object) {
  auto& [name, restart_count, ready, waiting_reason, waiting_message, started_at, terminated,
         last_terminated] = object;
  return std::tie(name, restart_count, ready, waiting_reason, waiting_message, started_at,
                  terminated, last_terminated);
}

auto fields(SameStruct<PodStatus> auto& object) {
  auto& [phase, reason, message, conditions, containers, init_containers] = object;
  return std::tie(phase, reason, message, conditions, containers, init_containers);
}

auto fields(SameStruct<Pod> auto& object) {
  auto& [meta, spec, status] = object;
  return std::tie(meta, spec, status);
}

auto fields(SameStruct<PersistentVolumeClaim> auto& object) {
  auto& [meta, access_modes, requested_size, storage_class_name, volume_name, phase, capacity] =
      object;
  return std::tie(meta, access_modes, requested_size, storage_class_name, volume_name, phase,
                  capacity);
}

auto fields(SameStruct<ControllerRevision> auto& object) {
  auto& [meta, data, revision] = object;
  return std::tie(meta, data, revision);
}

auto fields(SameStruct<AgentSettings> auto& object) {
  auto& [model, config, tools, temperature, max_output_tokens] = object;
  return std::tie(model, config, tools, temperature, max_output_tokens);
}

auto fields(SameStruct<AgentChoice> auto& object) {
  auto& [name, settings] = object;
  return std::tie(name, settings);
}

auto fields(SameStruct<ConfigMapKey> auto& object) {
  auto& [name, key] = object;
  return std::tie(name, key);
}

auto fields(SameStruct<SessionSpec> auto& object) {
  auto& [template_name, desired_state, mode, display_name, prompt, context, context_from, agents,
         parameters, storage, existing_claim, ttl, limits, start_timeout_seconds,
         pod_retention_seconds, retry_policy, run_token] = object;
  return std::tie(template_name, desired_state, mode, display_name, prompt, context, context_from,
                  agents, parameters, storage, existing_claim, ttl, limits, start_timeout_seconds,
                  pod_retention_seconds, retry_policy, run_token);
}

auto fields(SameStruct<TemplateStatus> auto& object) {
  auto& [name, generation, revision] = object;
  return std::tie(name, generation, revision);
}

auto fields(SameStruct<PodRecord> auto& object) {
  auto& [name, uid, node, incarnation] = object;
  return std::tie(name, uid, node, incarnation);
}

auto fields(SameStruct<VolumeRecord> auto& object) {
  auto& [claim_name, claim_uid, volume_name, capacity, phase, on_delete, retain_until] = object;
  return std::tie(claim_name, claim_uid, volume_name, capacity, phase, on_delete, retain_until);
}

auto fields(SameStruct<Transition> auto& object) {
  auto& [time, from, to, reason] = object;
  return std::tie(time, from, to, reason);
}

auto fields(SameStruct<SessionStatus> auto& object) {
  auto& [observed_generation, state, state_since, reason, message, outcome, conditions, template_,
         pod, volume, attempts, next_attempt_time, expires_at, start_time, finish_time,
         active_seconds, last_handled_run_token, transitions] = object;
  return std::tie(observed_generation, state, state_since, reason, message, outcome, conditions,
                  template_, pod, volume, attempts, next_attempt_time, expires_at, start_time,
                  finish_time, active_seconds, last_handled_run_token, transitions);
}

auto fields(SameStruct<Session> auto& object) {
  auto& [meta, spec, status] = object;
  return std::tie(meta, spec, status);
}

auto fields(SameStruct<AgentSpec> auto& object) {
  auto& [container, settings] = object;
  return std::tie(container, settings);
}

auto fields(SameStruct<ParameterSpec> auto& object) {
  auto& [name, default_value, required, pattern] = object;
  return std::tie(name, default_value, required, pattern);
}

auto fields(SameStruct<SessionResources> auto& object) {
  auto& [cpu, memory, requests_cpu, requests_memory] = object;
  return std::tie(cpu, memory, requests_cpu, requests_memory);
}

auto fields(SameStruct<TemplateVolume> auto& object) {
  auto& [name, source] = object;
  return std::tie(name, source);
}

auto fields(SameStruct<PodTemplateSpec> auto& object) {
  auto& [node_selector, affinity, tolerations, topology_spread_constraints, runtime_class_name,
         service_account_name, priority_class_name, security, volumes, init_containers, sidecars,
         image_pull_secrets, termination_grace_period_seconds] = object;
  return std::tie(node_selector, affinity, tolerations, topology_spread_constraints,
                  runtime_class_name, service_account_name, priority_class_name, security, volumes,
                  init_containers, sidecars, image_pull_secrets, termination_grace_period_seconds);
}

auto fields(SameStruct<PodTemplate> auto& object) {
  auto& [labels, annotations, spec] = object;
  return std::tie(labels, annotations, spec);
}

auto fields(SameStruct<SessionTemplateSpec> auto& object) {
  auto& [agents, parameters, overrides, resources, storage, retry_policy, start_timeout_seconds,
         pod_retention_seconds, ttl, limits, pod_template, reporting] = object;
  return std::tie(agents, parameters, overrides, resources, storage, retry_policy,
                  start_timeout_seconds, pod_retention_seconds, ttl, limits, pod_template,
                  reporting);
}

auto fields(SameStruct<SessionTemplateStatus> auto& object) {
  auto& [observed_generation, conditions] = object;
  return std::tie(observed_generation, conditions);
}

auto fields(SameStruct<SessionTemplate> auto& object) {
  auto& [meta, spec, status, spec_text] = object;
  return std::tie(meta, spec, status, spec_text);
}

}  // namespace sojourn::api
