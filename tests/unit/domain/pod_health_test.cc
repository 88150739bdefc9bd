#include "sojourn/domain/pod_health.h"

#include <gtest/gtest.h>

#include "tests/unit/domain/pods.h"

namespace sojourn::domain::test {
namespace {

using api::ConditionStatus;
using api::PodPhase;
using std::chrono::seconds;

TEST(Usable, OnlyARunningReadyPodThatStays) {
  EXPECT_TRUE(is_usable(ready_pod()));
  EXPECT_FALSE(is_usable(pending_pod()));
  EXPECT_FALSE(is_usable(starting_pod()));
  EXPECT_FALSE(is_usable(unready_pod()));
  EXPECT_FALSE(is_usable(failed_pod()));
  EXPECT_FALSE(is_usable(succeeded_pod()));
  EXPECT_FALSE(is_usable(going(ready_pod())));
  auto unknown = ready_pod();
  unknown.status.phase = PodPhase::Unknown;
  EXPECT_FALSE(is_usable(unknown));
}

TEST(Incarnation, IsTheUidWithTheRestartsOfEachContainerInNameOrder) {
  auto pod = ready_pod();
  pod.status.containers = {container("tester", 2), container("coder", 0)};
  EXPECT_EQ(incarnation(pod), "pod-1/coder:0/tester:2");
  std::swap(pod.status.containers[0], pod.status.containers[1]);
  EXPECT_EQ(incarnation(pod), "pod-1/coder:0/tester:2");
  // A sidecar may restart without the agents noticing.
  pod.status.init_containers = {container("proxy", 7)};
  EXPECT_EQ(incarnation(pod), "pod-1/coder:0/tester:2");
}

TEST(Restarts, AreThoseSinceThePodWasThatIncarnation) {
  auto pod = ready_pod();
  pod.status.containers = {container("tester", 2), container("coder", 0)};
  const auto before = incarnation(pod);
  EXPECT_EQ(restarts_since(before, pod), 0);
  pod.status.containers = {container("tester", 12), container("coder", 1)};
  EXPECT_EQ(restarts_since(before, pod), 11);
  EXPECT_EQ(restarts_since(incarnation(pod), pod), 0);
  EXPECT_EQ(restarts_since(before, as(pod, "pod-2")), 0);
  EXPECT_EQ(restarts_since(before, as(pod, "pod-12")), 0);
  EXPECT_EQ(restarts_since("", pod), 0);
  EXPECT_EQ(restarts_since("pod-1", pod), 13);
  pod.status.containers = {};  // a status that was lost
  EXPECT_EQ(restarts_since(before, pod), 0);
}

// Made 9 s ago, on a node for 7, started 5 and 4 s ago, Ready for 1.
api::Pod timed_pod() {
  auto pod = ready_pod();
  pod.meta.creation_timestamp = kNow - seconds(9);
  pod.status.conditions[0].last_transition_time = kNow - seconds(7);
  pod.status.containers = {container("coder", 0), container("tester", 0)};
  pod.status.containers[0].started_at = kNow - seconds(4);
  pod.status.containers[1].started_at = kNow - seconds(5);
  return pod;
}

TEST(StartTimes, AreThoseThatKubernetesTells) {
  const auto times = start_times(timed_pod());
  ASSERT_TRUE(times);
  EXPECT_EQ(times->created, kNow - seconds(9));
  EXPECT_EQ(times->scheduled, kNow - seconds(7));
  EXPECT_EQ(times->started, kNow - seconds(4));
  EXPECT_EQ(times->ready, kNow - seconds(1));
}

TEST(StartTimes, AreNoneWhereOneIsMissingOrTellsOfALaterRun) {
  const auto without = [](void (*take)(api::Pod&)) {
    auto pod = timed_pod();
    take(pod);
    return start_times(pod).has_value();
  };
  EXPECT_TRUE(without([](api::Pod&) {}));
  EXPECT_FALSE(without([](api::Pod& pod) { pod.meta.creation_timestamp.reset(); }));
  EXPECT_FALSE(
      without([](api::Pod& pod) { pod.status.conditions.erase(pod.status.conditions.begin()); }));
  EXPECT_FALSE(
      without([](api::Pod& pod) { pod.status.conditions[0].last_transition_time.reset(); }));
  EXPECT_FALSE(
      without([](api::Pod& pod) { pod.status.conditions[1].last_transition_time.reset(); }));
  EXPECT_FALSE(without([](api::Pod& pod) { pod.status.containers[1].started_at.reset(); }));
  EXPECT_FALSE(without([](api::Pod& pod) { pod.status.containers.clear(); }));
  EXPECT_FALSE(without([](api::Pod& pod) { pod.status.containers[0].restart_count = 1; }));
  EXPECT_FALSE(without([](api::Pod& pod) { pod.meta.deletion_timestamp = kNow; }));
}

struct EndRow {
  std::string_view when;
  api::Pod pod;
  Reason otherwise;
  Why expected;
};

api::Pod with_reason(std::string reason, std::string message) {
  auto pod = failed_pod();
  pod.status.reason = std::move(reason);
  pod.status.message = std::move(message);
  return pod;
}

api::Pod disrupted(std::string reason, std::string message) {
  auto pod = going(ready_pod());
  pod.status.conditions.push_back(
      {"DisruptionTarget", ConditionStatus::True, std::move(reason), std::move(message), {}, 0});
  return pod;
}

void expect_ends(const std::vector<EndRow>& rows) {
  for (const auto& [when, pod, otherwise, expected] : rows) {
    const auto why = explain_end(pod, otherwise);
    EXPECT_EQ(to_string(why.reason), to_string(expected.reason)) << when;
    EXPECT_EQ(why.message, expected.message) << when;
  }
}

TEST(End, IsExplainedByItsMostTellingSign) {
  auto silent = failed_pod();
  silent.status.containers.clear();
  silent.status.message = "Pod was\nrejected";
  expect_ends({
      {"node lost",
       with_reason("NodeLost", "x"),
       Reason::PodLost,
       {Reason::NodeLost, "node node-1 is lost"}},
      {"evicted",
       with_reason("Evicted", "low on memory"),
       Reason::PodFailed,
       {Reason::Evicted, "low on memory"}},
      {"preempted by the kubelet",
       with_reason("Preempting", "critical pod"),
       Reason::PodFailed,
       {Reason::Evicted, "critical pod"}},
      {"eviction API",
       disrupted("EvictionByEvictionAPI", "drain"),
       Reason::PodLost,
       {Reason::Evicted, "drain"}},
      {"preempted, without words",
       disrupted("PreemptionByScheduler", ""),
       Reason::PodLost,
       {Reason::Evicted, "PreemptionByScheduler"}},
      {"taint",
       disrupted("DeletionByTaintManager", "taint"),
       Reason::PodLost,
       {Reason::NodeLost, "taint"}},
      {"orphaned",
       disrupted("DeletionByPodGC", "node gone"),
       Reason::PodLost,
       {Reason::NodeLost, "node gone"}},
      {"memory",
       failed_pod(137, "OOMKilled"),
       Reason::PodFailed,
       {Reason::OOMKilled, "container agent used more memory than its limit"}},
      {"exit code",
       failed_pod(3, "Error"),
       Reason::PodFailed,
       {Reason::PodFailed, "container agent ended with 3 (Error)"}},
      {"exit code alone",
       failed_pod(3, ""),
       Reason::PodFailed,
       {Reason::PodFailed, "container agent ended with 3"}},
      {"only the pod's word", silent, Reason::PodFailed, {Reason::PodFailed, "Pod was rejected"}},
      {"nothing at all", going(ready_pod()), Reason::PodLost, {Reason::PodLost, ""}},
  });
}

TEST(End, TheAgentsOwnEndIsToldBeforeThatOfASidecarStoppedWithIt) {
  auto pod = failed_pod(3, "Error");
  pod.status.init_containers = {container("proxy", 0)};
  pod.status.init_containers[0].terminated = api::TerminatedState{143, "Error"};
  expect_ends({{"agent",
                pod,
                Reason::PodFailed,
                {Reason::PodFailed, "container agent ended with 3 (Error)"}}});
  pod.status.containers = {container("agent", 0)};
  expect_ends({{"init",
                pod,
                Reason::PodFailed,
                {Reason::PodFailed, "container proxy ended with 143 (Error)"}}});
}

TEST(End, ARestartIsExplainedByTheRunBeforeIt) {
  auto down_again = restarted_pod(1, 3, "Error");
  down_again.status.containers[0].terminated = api::TerminatedState{4, "Error"};
  expect_ends({
      {"down again",
       down_again,
       Reason::AgentRestarted,
       {Reason::AgentRestarted, "container agent ended with 4 (Error)"}},
      {"memory",
       restarted_pod(1, 137, "OOMKilled"),
       Reason::AgentRestarted,
       {Reason::OOMKilled, "container agent used more memory than its limit"}},
      {"exit code",
       restarted_pod(1, 3, "Error"),
       Reason::AgentRestarted,
       {Reason::AgentRestarted, "container agent ended with 3 (Error)"}},
      {"clean exit",
       restarted_pod(1, 0, "Completed"),
       Reason::AgentRestarted,
       {Reason::AgentRestarted, ""}},
  });
}

TEST(End, ARestartLongOverDoesNotExplainADeletion) {
  expect_ends({{"memory, once",
                going(restarted_pod(1, 137, "OOMKilled")),
                Reason::PodLost,
                {Reason::PodLost, ""}},
               {"exit code, once",
                going(restarted_pod(1, 3, "Error")),
                Reason::PodLost,
                {Reason::PodLost, ""}}});
}

struct ProgressRow {
  std::string_view when;
  api::Pod pod;
  Why expected;
  seconds ago;  // how long the stage has lasted
  bool failing = false;
};

void expect_progress(const std::vector<ProgressRow>& rows) {
  for (const auto& [when, pod, expected, ago, failing] : rows) {
    const auto progress = progress_of(pod, kNow);
    EXPECT_EQ(to_string(progress.why.reason), to_string(expected.reason)) << when;
    EXPECT_EQ(progress.why.message, expected.message) << when;
    EXPECT_EQ(progress.since, kNow - ago) << when;
    EXPECT_EQ(progress.failing, failing) << when;
  }
}

TEST(Progress, NamesTheStageAndWhenItBegan) {
  auto running = unready_pod(seconds(9));
  auto gated = unschedulable_pod("gates: quota", seconds(7));
  gated.status.conditions[0].reason = "SchedulingGated";
  auto placed = unschedulable_pod("it was so", seconds(7));
  placed.status.conditions[0].status = ConditionStatus::True;
  expect_progress({
      {"no node",
       pending_pod(seconds(4)),
       {Reason::PodPending, "pod chat-0123456789 waits for a node"},
       seconds(4)},
      {"unschedulable",
       unschedulable_pod("0/1 nodes are available", seconds(7)),
       {Reason::Unschedulable, "0/1 nodes are available"},
       seconds(7)},
      {"held back by a gate",
       gated,
       {Reason::PodPending, "pod chat-0123456789 waits for a node"},
       seconds(7)},
      {"schedulable again, the old reason still there",
       placed,
       {Reason::PodPending, "pod chat-0123456789 waits for a node"},
       seconds(7)},
      {"on a node",
       starting_pod(seconds(5)),
       {Reason::ContainersStarting, "pod chat-0123456789 pulls images and starts containers"},
       seconds(5)},
      {"running",
       running,
       {Reason::PodNotReady, "pod chat-0123456789 runs but is not Ready"},
       seconds(9)},
      {"going",
       going(ready_pod(), seconds(20)),
       {Reason::PodTerminating, "pod chat-0123456789 is going away"},
       seconds(-20)},
  });
}

TEST(Progress, TroubleWithImagesAndSettingsIsToldAtOnce) {
  const auto image = [](std::string text) {
    return Why{Reason::ImagePull, text + "; check the template's image and imagePullSecrets"};
  };
  const auto pulled = image("container agent: its image cannot be pulled");
  expect_progress({
      {"first pull", waiting_pod("ErrImagePull", "rpc error 1"), pulled, seconds(0), true},
      {"back-off", waiting_pod("ImagePullBackOff", "Back-off 20s"), pulled, seconds(0), true},
      {"name", waiting_pod("InvalidImageName", "x"), image("container agent: InvalidImageName"),
       seconds(0), true},
      {"never", waiting_pod("ErrImageNeverPull", "x"), image("container agent: ErrImageNeverPull"),
       seconds(0), true},
      {"settings",
       waiting_pod("CreateContainerConfigError", "configmap \"x\" not found"),
       {Reason::ContainerConfig,
        "container agent: CreateContainerConfigError, configmap \"x\" not found"},
       seconds(0),
       true},
  });
}

TEST(Progress, TroubleOfAnInitContainerCountsToo) {
  auto pod = starting_pod();
  pod.status.init_containers = {container("prepare", 0)};
  pod.status.init_containers[0].waiting_reason = "ImagePullBackOff";
  EXPECT_EQ(progress_of(pod, kNow).why.message,
            "container prepare: its image cannot be pulled; check the template's image and "
            "imagePullSecrets");
}

TEST(Progress, OrdinaryWaitingIsNoTrouble) {
  for (const auto* reason : {"ContainerCreating", "PodInitializing", "CrashLoopBackOff", ""}) {
    const auto progress = progress_of(waiting_pod(reason, ""), kNow);
    EXPECT_EQ(to_string(progress.why.reason), "ContainersStarting") << reason;
    EXPECT_FALSE(progress.failing) << reason;
  }
}

}  // namespace
}  // namespace sojourn::domain::test
