#include "sojourn/api/json/pod_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/container_json.h"
#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/writer.h"

namespace sojourn::api {
namespace {

std::optional<TerminatedState> read_terminated(const ObjectView& state) {
  const ObjectView view = state.object("terminated");
  if (!view.present()) return std::nullopt;
  return TerminatedState{.exit_code = view.integer("exitCode").value_or(0),
                         .reason = view.text("reason")};
}

std::optional<Time> read_start(const ObjectView& state) {
  const auto running = state.object("running").time("startedAt");
  return running ? running : state.object("terminated").time("startedAt");
}

std::vector<ContainerStatus> read_container_statuses(const ObjectView& status,
                                                     std::string_view key) {
  std::vector<ContainerStatus> list;
  for (const ObjectView& view : status.objects(key)) {
    const ObjectView state = view.object("state");
    const ObjectView waiting = state.object("waiting");
    list.push_back({.name = view.text("name"),
                    .restart_count = view.integer("restartCount").value_or(0),
                    .ready = view.flag("ready").value_or(false),
                    .waiting_reason = waiting.text("reason"),
                    .waiting_message = waiting.text("message"),
                    .started_at = read_start(state),
                    .terminated = read_terminated(state),
                    .last_terminated = read_terminated(view.object("lastState"))});
  }
  return list;
}

void read_pod(const ObjectView& root, Pod& pod) {
  pod.spec.node_name = root.object("spec").text("nodeName");
  const ObjectView status = root.object("status");
  if (const auto phase = status.optional_text("phase")) pod.status.phase = parse_pod_phase(*phase);
  pod.status.reason = status.text("reason");
  pod.status.message = status.text("message");
  pod.status.conditions = read_conditions(status);
  pod.status.containers = read_container_statuses(status, "containerStatuses");
  pod.status.init_containers = read_container_statuses(status, "initContainerStatuses");
}

Json write_sources(const FileVolume& volume) {
  Json sources = Json::array();
  Json items = Json::array();
  for (const AnnotationFile& file : volume.annotations) {
    items.push_back(
        {{"path", file.path},
         {"fieldRef", {{"fieldPath", "metadata.annotations['" + file.annotation + "']"}}}});
  }
  if (!items.empty()) sources.push_back({{"downwardAPI", {{"items", std::move(items)}}}});
  for (const ConfigMapFile& file : volume.config_maps) {
    Json item = {{"key", file.key}, {"path", file.path}};
    sources.push_back(
        {{"configMap", {{"name", file.config_map}, {"items", Json::array({std::move(item)})}}}});
  }
  return sources;
}

struct VolumeWriter {
  const std::string& name;
  const std::string& path;
  Problem& problem;

  Json operator()(const ClaimVolume& source) const {
    return {{"name", name}, {"persistentVolumeClaim", {{"claimName", source.claim_name}}}};
  }
  Json operator()(const FileVolume& source) const {
    return {{"name", name}, {"projected", {{"sources", write_sources(source)}}}};
  }
  Json operator()(const JsonText& source) const {
    auto document = Document::parse(source.text);
    if (!document || !document->root().is_object()) {
      problem.report(path, document ? "expected an object" : document.error().message);
      return nullptr;
    }
    return document->root();
  }
};

Json write_volumes(const std::vector<Volume>& volumes, Problem& problem) {
  Json list = Json::array();
  for (const Volume& volume : volumes) {
    const std::string path = "spec.volumes[" + std::to_string(list.size()) + "]";
    list.push_back(std::visit(VolumeWriter{volume.name, path, problem}, volume.source));
  }
  return list;
}

Json write_pull_secrets(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back({{"name", name}});
  return list;
}

Json write_spec(const PodSpec& spec, Problem& problem) {
  // A session's pod speaks to no Kubernetes API and learns of no Service, whatever its template
  // says.
  Json json = {{"automountServiceAccountToken", false}, {"enableServiceLinks", false}};
  put(json, "nodeName", spec.node_name);
  put_json(json, "containers", write_containers(spec.containers, "spec.containers", problem));
  put_json(json, "initContainers",
           write_containers(spec.init_containers, "spec.initContainers", problem));
  put_json(json, "volumes", write_volumes(spec.volumes, problem));
  put(json, "restartPolicy", spec.restart_policy);
  put(json, "serviceAccountName", spec.service_account_name);
  put(json, "priorityClassName", spec.priority_class_name);
  put(json, "runtimeClassName", spec.runtime_class_name);
  put(json, "nodeSelector", spec.node_selector);
  put_raw(json, "affinity", spec.affinity, "spec", problem);
  put_raw(json, "tolerations", spec.tolerations, "spec", problem);
  put_raw(json, "topologySpreadConstraints", spec.topology_spread_constraints, "spec", problem);
  put_json(json, "securityContext",
           write_pod_security(spec.security, "spec.securityContext", problem));
  put_json(json, "imagePullSecrets", write_pull_secrets(spec.image_pull_secrets));
  put(json, "terminationGracePeriodSeconds", spec.termination_grace_period_seconds);
  return json;
}

}  // namespace

Result<Pod> decode_pod(std::string_view json) {
  return decode_object<Pod>(json, "Pod", KeptKeys::Own, read_pod);
}

Result<std::string> encode_pod(const Pod& pod) {
  Problem problem;
  Json json = begin_object("v1", "Pod", pod.meta);
  json["spec"] = write_spec(pod.spec, problem);
  if (problem.found()) return encode_error("Pod", pod.meta, problem);
  return dump(json);
}

}  // namespace sojourn::api
