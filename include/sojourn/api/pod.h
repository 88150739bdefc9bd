#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sojourn/api/condition.h"
#include "sojourn/api/container.h"
#include "sojourn/api/meta.h"

namespace sojourn::api {

enum class PodPhase { Pending, Running, Succeeded, Failed, Unknown };
std::string_view to_string(PodPhase phase);
PodPhase parse_pod_phase(std::string_view text);

struct ClaimVolume {
  std::string claim_name;
  friend bool operator==(const ClaimVolume&, const ClaimVolume&) = default;
};

// A file that holds one of the pod's own annotations, by the downward API.
struct AnnotationFile {
  std::string path;
  std::string annotation;
  friend bool operator==(const AnnotationFile&, const AnnotationFile&) = default;
};
// A file that holds a key of a ConfigMap.
struct ConfigMapFile {
  std::string path;
  std::string config_map;
  std::string key;
  friend bool operator==(const ConfigMapFile&, const ConfigMapFile&) = default;
};
// A projected volume of such files.
struct FileVolume {
  std::vector<AnnotationFile> annotations;
  std::vector<ConfigMapFile> config_maps;
  friend bool operator==(const FileVolume&, const FileVolume&) = default;
};

struct Volume {
  std::string name;
  // JsonText: a whole Volume object as the template has it, its name included.
  std::variant<ClaimVolume, FileVolume, JsonText> source;
  friend bool operator==(const Volume&, const Volume&) = default;
};

// What the operator writes when it creates a pod. Of a pod that is read, only node_name is filled:
// nothing else of the spec decides anything.
struct PodSpec {
  std::string node_name;
  std::vector<Container> containers;
  std::vector<Container> init_containers;
  std::vector<Volume> volumes;
  std::string restart_policy;
  std::string service_account_name;
  std::string priority_class_name;
  std::string runtime_class_name;
  StringMap node_selector;
  JsonText affinity;
  JsonText tolerations;
  JsonText topology_spread_constraints;
  PodSecurity security;
  std::vector<std::string> image_pull_secrets;
  std::optional<std::int64_t> termination_grace_period_seconds;
  friend bool operator==(const PodSpec&, const PodSpec&) = default;
};

struct TerminatedState {
  int exit_code = 0;
  std::string reason;  // "Completed", "Error", "OOMKilled", ...
  friend bool operator==(const TerminatedState&, const TerminatedState&) = default;
};

struct ContainerStatus {
  std::string name;
  int restart_count = 0;
  bool ready = false;
  std::string waiting_reason;  // "ImagePullBackOff", "CreateContainerConfigError", ...; else empty
  std::string waiting_message;
  std::optional<Time> started_at;                  // of the run that goes on or has ended
  std::optional<TerminatedState> terminated;       // the present state, when it is terminated
  std::optional<TerminatedState> last_terminated;  // the one before the last restart
  friend bool operator==(const ContainerStatus&, const ContainerStatus&) = default;
};

struct PodStatus {
  PodPhase phase = PodPhase::Pending;
  std::string reason;  // "Evicted", "NodeLost", ...
  std::string message;
  std::vector<Condition> conditions;  // Ready, PodScheduled, DisruptionTarget
  std::vector<ContainerStatus> containers;
  std::vector<ContainerStatus> init_containers;
  friend bool operator==(const PodStatus&, const PodStatus&) = default;
};

struct Pod {
  ObjectMeta meta;
  PodSpec spec;
  PodStatus status;
  friend bool operator==(const Pod&, const Pod&) = default;
};

}  // namespace sojourn::api
