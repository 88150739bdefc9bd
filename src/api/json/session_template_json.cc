#include "sojourn/api/json/session_template_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/agent_json.h"
#include "api/json/container_json.h"
#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/merge_patch.h"
#include "api/json/storage_json.h"
#include "api/json/writer.h"

namespace sojourn::api {
namespace {

std::vector<AgentSpec> read_agents(const ObjectView& spec) {
  std::vector<AgentSpec> agents;
  for (const ObjectView& view : spec.objects("agents")) {
    agents.push_back({.container = read_container(view), .settings = read_agent_settings(view)});
  }
  return agents;
}

std::vector<ParameterSpec> read_parameters(const ObjectView& spec) {
  std::vector<ParameterSpec> parameters;
  for (const ObjectView& view : spec.objects("parameters")) {
    parameters.push_back({.name = view.text("name"),
                          .default_value = view.optional_text("default"),
                          .required = view.flag("required").value_or(false),
                          .pattern = view.text("pattern")});
  }
  return parameters;
}

SessionResources read_resources(const ObjectView& view) {
  const ObjectView requests = view.object("requests");
  return {.cpu = view.quantity("cpu").value_or(""),
          .memory = view.quantity("memory").value_or(""),
          .requests_cpu = requests.quantity("cpu").value_or(""),
          .requests_memory = requests.quantity("memory").value_or("")};
}

std::vector<Container> read_containers(const ObjectView& spec, std::string_view key) {
  std::vector<Container> containers;
  for (const ObjectView& view : spec.objects(key)) containers.push_back(read_container(view));
  return containers;
}

PodTemplateSpec read_pod_template_spec(const ObjectView& view) {
  PodTemplateSpec spec;
  spec.node_selector = view.text_map("nodeSelector");
  spec.affinity = view.raw("affinity");
  spec.tolerations = view.raw("tolerations");
  spec.topology_spread_constraints = view.raw("topologySpreadConstraints");
  spec.runtime_class_name = view.text("runtimeClassName");
  spec.service_account_name = view.text("serviceAccountName");
  spec.priority_class_name = view.text("priorityClassName");
  spec.security = read_pod_security(view.object("securityContext"));
  for (const ObjectView& volume : view.objects("volumes")) {
    spec.volumes.push_back({.name = volume.text("name"), .source = volume.raw()});
  }
  spec.init_containers = read_containers(view, "initContainers");
  spec.sidecars = read_containers(view, "sidecars");
  for (const ObjectView& secret : view.objects("imagePullSecrets")) {
    spec.image_pull_secrets.push_back(secret.text("name"));
  }
  spec.termination_grace_period_seconds = view.long_integer("terminationGracePeriodSeconds");
  return spec;
}

SessionTemplateSpec read_spec(const ObjectView& view) {
  SessionTemplateSpec spec;
  spec.agents = read_agents(view);
  spec.parameters = read_parameters(view);
  spec.overrides = view.texts("overrides");
  spec.resources = read_resources(view.object("resources"));
  spec.storage = read_storage(view);
  spec.retry_policy = read_retry_policy(view);
  spec.start_timeout_seconds = view.integer("startTimeoutSeconds");
  spec.pod_retention_seconds = view.integer("podRetentionSeconds");
  spec.ttl = read_ttl(view);
  spec.limits = read_limits(view);
  const ObjectView pod_template = view.object("podTemplate");
  spec.pod_template.labels = pod_template.object("metadata").text_map("labels");
  spec.pod_template.annotations = pod_template.object("metadata").text_map("annotations");
  spec.pod_template.spec = read_pod_template_spec(pod_template.object("spec"));
  if (const auto word = view.object("reporting").optional_text("mode")) {
    spec.reporting = parse_reporting(*word);
  }
  return spec;
}

void read_session_template(const ObjectView& root, SessionTemplate& object) {
  object.spec = read_spec(root.object("spec"));
  object.spec_text = root.raw("spec");
  const ObjectView status = root.object("status");
  object.status.observed_generation = status.long_integer("observedGeneration").value_or(-1);
  object.status.conditions = read_conditions(status);
}

Json write_status(const SessionTemplateStatus& status) {
  Json json = {{"observedGeneration", status.observed_generation}};
  put_json(json, "conditions", write_conditions(status.conditions));
  return json;
}

}  // namespace

Result<SessionTemplate> decode_session_template(std::string_view json) {
  return decode_object<SessionTemplate>(json, "SessionTemplate", KeptKeys::All,
                                        read_session_template);
}

Result<SessionTemplateSpec> decode_session_template_spec(std::string_view json) {
  const auto tree = JsonTree::parse(json);
  if (!tree) return with_context("decode a SessionTemplate's spec", tree.error());
  Problem problem;
  SessionTemplateSpec spec = read_spec(ObjectView(*tree, problem));
  if (problem.found()) return decode_error("a SessionTemplate's spec", {}, problem);
  return spec;
}

std::string encode_status_patch(const SessionTemplateStatus& from, const SessionTemplateStatus& to,
                                std::string_view resource_version) {
  return status_patch(merge_difference(write_status(from), write_status(to)), resource_version);
}

}  // namespace sojourn::api
