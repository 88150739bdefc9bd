#include "sojourn/domain/pod_health.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "domain/text.h"

namespace sojourn::domain {
namespace {

const api::Condition* true_condition(const api::Pod& pod, std::string_view type) {
  const auto* condition = api::find_condition(pod.status.conditions, type);
  return condition != nullptr && condition->status == api::ConditionStatus::True ? condition
                                                                                 : nullptr;
}

using End = std::optional<api::TerminatedState>;

// How a container ended. Its run before that is asked for only where a restart is to be explained:
// else it tells of something long over.
const End& end_of(const api::ContainerStatus& container, bool restarted) {
  return container.terminated || !restarted ? container.terminated : container.last_terminated;
}

// The first container of the pod that was killed for its memory, "" if none.
std::string out_of_memory(const api::Pod& pod, bool restarted) {
  for (const auto& container : pod.status.containers) {
    const auto& end = end_of(container, restarted);
    if (end && end->reason == "OOMKilled") return container.name;
  }
  return {};
}

// "container agent ended with 3 (Error)" for the first container that ended badly. Agents before
// sidecars, which are stopped once the agents have ended.
std::string exit_message(const api::Pod& pod, bool restarted) {
  for (const auto* list : {&pod.status.containers, &pod.status.init_containers}) {
    for (const auto& container : *list) {
      const auto& end = end_of(container, restarted);
      if (!end || end->exit_code == 0) continue;
      return "container " + container.name + " ended with " + std::to_string(end->exit_code) +
             (end->reason.empty() ? "" : " (" + end->reason + ")");
    }
  }
  return {};
}

// Waiting reasons of the kubelet that do not pass by themselves.
constexpr std::array<std::string_view, 6> kImageTroubles = {
    "ErrImagePull",      "ImagePullBackOff",  "InvalidImageName",
    "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"};
constexpr std::array<std::string_view, 2> kConfigTroubles = {"CreateContainerConfigError",
                                                             "CreateContainerError"};

// Without the kubelet's own text, which changes with every back-off, and with one word for the two
// that it shows by turns: else each change would be written.
std::string image_message(const api::ContainerStatus& container) {
  const bool by_turns =
      container.waiting_reason == "ErrImagePull" || container.waiting_reason == "ImagePullBackOff";
  return "container " + container.name + ": " +
         (by_turns ? "its image cannot be pulled" : container.waiting_reason) +
         "; check the template's image and imagePullSecrets";
}

std::optional<Why> container_trouble(const api::Pod& pod) {
  for (const auto* list : {&pod.status.init_containers, &pod.status.containers}) {
    for (const auto& container : *list) {
      const auto& waiting = container.waiting_reason;
      if (std::ranges::find(kImageTroubles, waiting) != kImageTroubles.end()) {
        return Why{Reason::ImagePull, image_message(container)};
      }
      if (std::ranges::find(kConfigTroubles, waiting) != kConfigTroubles.end()) {
        return Why{Reason::ContainerConfig, one_line("container " + container.name + ": " +
                                                     waiting + ", " + container.waiting_message)};
      }
    }
  }
  return std::nullopt;
}

Time since(const std::optional<Time>& time, Time now) {
  return time.value_or(truncate(now));
}

}  // namespace

bool is_usable(const api::Pod& pod) {
  return pod.status.phase == api::PodPhase::Running && true_condition(pod, "Ready") != nullptr &&
         !pod.meta.deletion_timestamp;
}

std::string incarnation(const api::Pod& pod) {
  std::vector<std::string> counts;
  for (const auto& container : pod.status.containers) {
    counts.push_back(container.name + ":" + std::to_string(container.restart_count));
  }
  std::ranges::sort(counts);
  std::string text = pod.meta.uid;
  for (const auto& count : counts) text += "/" + count;
  return text;
}

int restarts_since(std::string_view incarnation, const api::Pod& pod) {
  if (incarnation.substr(0, incarnation.find('/')) != pod.meta.uid) return 0;
  int restarts = 0;
  for (const auto& container : pod.status.containers) restarts += container.restart_count;
  for (auto at = incarnation.find(':'); at != std::string_view::npos;
       at = incarnation.find(':', at + 1)) {
    int before = 0;
    std::from_chars(incarnation.data() + at + 1, incarnation.data() + incarnation.size(), before);
    restarts -= before;
  }
  return std::max(restarts, 0);
}

bool has_restarted(const api::Pod& pod) {
  return std::ranges::any_of(pod.status.containers,
                             [](const auto& container) { return container.restart_count > 0; });
}

Why explain_end(const api::Pod& pod, Reason otherwise) {
  if (pod.status.reason == "NodeLost")
    return {Reason::NodeLost, "node " + pod.spec.node_name + " is lost"};
  if (const auto* disruption = true_condition(pod, "DisruptionTarget")) {
    const auto reason =
        disruption->reason == "DeletionByTaintManager" || disruption->reason == "DeletionByPodGC"
            ? Reason::NodeLost
            : Reason::Evicted;
    return {reason,
            one_line(disruption->message.empty() ? disruption->reason : disruption->message)};
  }
  if (pod.status.reason == "Evicted" || pod.status.reason == "Preempting") {
    return {Reason::Evicted, one_line(pod.status.message)};
  }
  const bool restarted = otherwise == Reason::AgentRestarted;
  if (const auto container = out_of_memory(pod, restarted); !container.empty()) {
    return {Reason::OOMKilled, "container " + container + " used more memory than its limit"};
  }
  if (const auto ended = exit_message(pod, restarted); !ended.empty()) return {otherwise, ended};
  return {otherwise, one_line(pod.status.message)};
}

PodProgress progress_of(const api::Pod& pod, Time now) {
  if (pod.meta.deletion_timestamp) {
    return {{Reason::PodTerminating, "pod " + pod.meta.name + " is going away"},
            *pod.meta.deletion_timestamp};
  }
  if (auto trouble = container_trouble(pod)) return {std::move(*trouble), truncate(now), true};
  const auto* scheduled = api::find_condition(pod.status.conditions, "PodScheduled");
  if (scheduled != nullptr && scheduled->status == api::ConditionStatus::False &&
      scheduled->reason == "Unschedulable") {
    // A claim that is being bound looks like this for a moment: told only once it lasts.
    return {{Reason::Unschedulable, one_line(scheduled->message)},
            since(scheduled->last_transition_time, now)};
  }
  if (pod.spec.node_name.empty()) {
    return {{Reason::PodPending, "pod " + pod.meta.name + " waits for a node"},
            since(pod.meta.creation_timestamp, now)};
  }
  const auto began = since(
      scheduled != nullptr ? scheduled->last_transition_time : pod.meta.creation_timestamp, now);
  if (pod.status.phase == api::PodPhase::Running) {
    return {{Reason::PodNotReady, "pod " + pod.meta.name + " runs but is not Ready"}, began};
  }
  return {
      {Reason::ContainersStarting, "pod " + pod.meta.name + " pulls images and starts containers"},
      began};
}

std::optional<StartTimes> start_times(const api::Pod& pod) {
  const auto* scheduled = true_condition(pod, "PodScheduled");
  const auto* ready = true_condition(pod, "Ready");
  if (!is_usable(pod) || has_restarted(pod) || scheduled == nullptr) return std::nullopt;
  std::optional<Time> started;
  for (const auto& container : pod.status.containers) {
    if (!container.started_at) return std::nullopt;
    started = std::max(started, container.started_at);
  }
  const auto created = pod.meta.creation_timestamp;
  if (!created || !scheduled->last_transition_time || !started || !ready->last_transition_time)
    return std::nullopt;
  return StartTimes{*created, *scheduled->last_transition_time, *started,
                    *ready->last_transition_time};
}

}  // namespace sojourn::domain
