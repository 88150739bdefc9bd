#include "tests/unit/domain/pods.h"

#include <utility>

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_shape.h"

namespace sojourn::domain::test {

using api::ConditionStatus;
using api::PodPhase;
using std::chrono::seconds;

namespace {

void set_condition(api::Pod& pod, std::string type, ConditionStatus status, seconds age,
                   std::string reason = "", std::string message = "") {
  pod.status.conditions.push_back(
      {std::move(type), status, std::move(reason), std::move(message), kNow - age, 0});
}

api::Pod ended_pod(PodPhase phase, int exit_code, std::string reason) {
  auto pod = starting_pod();
  pod.status.phase = phase;
  pod.status.containers[0].terminated = api::TerminatedState{exit_code, std::move(reason)};
  return pod;
}

}  // namespace

api::Pod pending_pod(seconds age) {
  api::Pod pod;
  pod.meta.name = kChild;
  pod.meta.namespace_ = "team";
  pod.meta.uid = "pod-1";
  pod.meta.labels = {{std::string(kTemplateLabel), "claude"}};
  pod.meta.annotations = {{std::string(kRevisionAnnotation), "claude-aaaa"},
                          {std::string(kGenerationAnnotation), "1"}};
  pod.meta.owner_references = {{"sojourn.dev/v1alpha1", "Session", "chat", "session-uid", true}};
  pod.meta.creation_timestamp = kNow - age;
  return pod;
}

api::Pod unschedulable_pod(std::string message, seconds age) {
  auto pod = pending_pod(age);
  set_condition(pod, "PodScheduled", ConditionStatus::False, age, "Unschedulable",
                std::move(message));
  return pod;
}

api::Pod starting_pod(seconds age) {
  auto pod = pending_pod(age);
  pod.spec.node_name = "node-1";
  set_condition(pod, "PodScheduled", ConditionStatus::True, age);
  pod.status.containers = {container("agent", 0)};
  return pod;
}

api::Pod waiting_pod(std::string reason, std::string message) {
  auto pod = starting_pod();
  pod.status.containers[0].waiting_reason = std::move(reason);
  pod.status.containers[0].waiting_message = std::move(message);
  return pod;
}

api::Pod unready_pod(seconds age) {
  auto pod = starting_pod(age);
  pod.status.phase = PodPhase::Running;
  set_condition(pod, "Ready", ConditionStatus::False, age, "ContainersNotReady");
  return pod;
}

api::Pod ready_pod() {
  auto pod = starting_pod();
  pod.status.phase = PodPhase::Running;
  set_condition(pod, "Ready", ConditionStatus::True, seconds(1));
  pod.status.containers[0].ready = true;
  return pod;
}

api::Pod restarted_pod(int restarts, int exit_code, std::string reason) {
  auto pod = ready_pod();
  pod.status.containers[0].restart_count = restarts;
  pod.status.containers[0].last_terminated = api::TerminatedState{exit_code, std::move(reason)};
  return pod;
}

api::Pod crashing_pod() {
  auto pod = unready_pod(seconds(10));
  pod.status.containers[0].restart_count = 3;
  pod.status.containers[0].waiting_reason = "CrashLoopBackOff";
  pod.status.containers[0].last_terminated = api::TerminatedState{1, "Error"};
  return pod;
}

api::Pod failed_pod(int exit_code, std::string reason) {
  return ended_pod(PodPhase::Failed, exit_code, std::move(reason));
}

api::Pod succeeded_pod() {
  return ended_pod(PodPhase::Succeeded, 0, "Completed");
}

api::Pod going(api::Pod pod, seconds left) {
  pod.meta.deletion_timestamp = kNow + left;
  return pod;
}

api::Pod as(api::Pod pod, std::string uid) {
  pod.meta.uid = std::move(uid);
  return pod;
}

api::ContainerStatus container(std::string name, int restarts) {
  api::ContainerStatus status;
  status.name = std::move(name);
  status.restart_count = restarts;
  return status;
}

}  // namespace sojourn::domain::test
