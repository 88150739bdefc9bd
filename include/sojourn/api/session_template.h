#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sojourn/api/agent.h"
#include "sojourn/api/condition.h"
#include "sojourn/api/container.h"
#include "sojourn/api/meta.h"
#include "sojourn/api/storage.h"

namespace sojourn::api {

// spec.agents[]: a container of the session's pod. `container.resources` are the agent's own.
struct AgentSpec {
  Container container;
  AgentSettings settings;
  friend bool operator==(const AgentSpec&, const AgentSpec&) = default;
};

// spec.parameters[]: a value that a Session may give, as an environment variable of that name.
struct ParameterSpec {
  std::string name;
  std::optional<std::string> default_value;
  bool required = false;
  std::string pattern;  // RE2 syntax, of the whole value; empty: any value
  friend bool operator==(const ParameterSpec&, const ParameterSpec&) = default;
};

// spec.resources: for the whole session; divided among the agents that state none of their own.
struct SessionResources {
  std::string cpu;     // limit, a quantity; empty = none
  std::string memory;  // limit, a quantity; empty = none
  std::string requests_cpu;
  std::string requests_memory;
  friend bool operator==(const SessionResources&, const SessionResources&) = default;
};

// A volume as the platform team wrote it: `source` is the whole Volume object, its name included.
struct TemplateVolume {
  std::string name;
  JsonText source;
  friend bool operator==(const TemplateVolume&, const TemplateVolume&) = default;
};

// spec.podTemplate.spec: what the platform team adds to every pod of the template.
struct PodTemplateSpec {
  StringMap node_selector;
  JsonText affinity;
  JsonText tolerations;
  JsonText topology_spread_constraints;
  std::string runtime_class_name;
  std::string service_account_name;
  std::string priority_class_name;
  PodSecurity security;
  std::vector<TemplateVolume> volumes;
  std::vector<Container> init_containers;
  std::vector<Container> sidecars;
  std::vector<std::string> image_pull_secrets;
  std::optional<std::int64_t> termination_grace_period_seconds;
  friend bool operator==(const PodTemplateSpec&, const PodTemplateSpec&) = default;
};

struct PodTemplate {
  StringMap labels;
  StringMap annotations;
  PodTemplateSpec spec;
  friend bool operator==(const PodTemplate&, const PodTemplate&) = default;
};

// How the operator learns what the agents do.
enum class Reporting { None, Unknown };
std::string_view to_string(Reporting reporting);
Reporting parse_reporting(std::string_view text);

struct SessionTemplateSpec {
  std::vector<AgentSpec> agents;
  std::vector<ParameterSpec> parameters;
  // What a Session may say otherwise: names of members of its agents[], and contextFrom.
  std::vector<std::string> overrides;
  SessionResources resources;
  std::optional<StorageSpec> storage;
  RetryPolicy retry_policy;
  std::optional<int> start_timeout_seconds;
  std::optional<int> pod_retention_seconds;
  TtlSpec ttl;
  LimitsSpec limits;
  PodTemplate pod_template;
  Reporting reporting = Reporting::None;
  friend bool operator==(const SessionTemplateSpec&, const SessionTemplateSpec&) = default;
};

struct SessionTemplateStatus {
  std::int64_t observed_generation = -1;
  std::vector<Condition> conditions;
  friend bool operator==(const SessionTemplateStatus&, const SessionTemplateStatus&) = default;
};

struct SessionTemplate {
  ObjectMeta meta;
  SessionTemplateSpec spec;
  SessionTemplateStatus status;
  // The spec as it stands, keys sorted, no white space: what a ControllerRevision stores and
  // hashes.
  JsonText spec_text;
  friend bool operator==(const SessionTemplate&, const SessionTemplate&) = default;
};

}  // namespace sojourn::api
