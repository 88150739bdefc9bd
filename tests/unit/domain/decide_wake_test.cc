// From IDLE back to READY (T7), and old pods that are in the way of a start (T10).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::ClaimPhase;
using api::DesiredState;

constexpr const char* kWaking =
    "!Ready/Starting Reconciling/Starting Waking/Waking !AgentReady/Starting";

TEST(Wake, StaysIdleUntilTheNewPodIsReady) {
  expect_rows({
      {.when = "asked to run",
       .given = Observation().asleep().desired(DesiredState::Running),
       .check = "starting",
       .actions = {"IDLE Starting"},
       .conditions = kWaking,
       .then = {"create pod"}},
      {.when = "under way",
       .given = Observation().waking(seconds(5)),
       .check = "starting",
       .actions = {"create pod"},
       .recheck = seconds(296)},
      {.when = "the pod comes up",
       .given = Observation().waking(seconds(5)).pod(starting_pod(seconds(1))),
       .check = "starting",
       .recheck = seconds(2)},
      {.when = "the pod takes long",
       .given = Observation().waking(seconds(5)).pod(starting_pod(seconds(3))),
       .check = "starting",
       .actions = {"IDLE ContainersStarting"},
       .conditions = "!Ready/ContainersStarting Reconciling/ContainersStarting Waking/Waking "
                     "!AgentReady/ContainersStarting",
       .recheck = seconds(296)},
      {.when = "the pod is Ready",
       .given = Observation().waking().pod(ready_pod()),
       .check = "starting",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
  });
}

TEST(Wake, TakesTheSameClaimAndTheNewestTemplate) {
  const auto asleep = Observation().storage().asleep();
  const auto status =
      written_by(Observation(asleep).template_changed().desired(DesiredState::Running).plan());
  EXPECT_EQ(status.volume, asleep.status().volume);
  EXPECT_EQ(status.volume->claim_uid, "claim-1");
  EXPECT_EQ(status.template_->revision, "claude-bbbb");
}

TEST(Wake, ForgetsThePodThatABackupOfTheStatusNames) {
  const auto restored =
      Observation().asleep().desired(DesiredState::Running).change([](api::Session& session) {
        session.status.pod = api::PodRecord{kChild, "pod-0", "node-1", "pod-0/agent:0"};
      });
  EXPECT_EQ(written_by(restored.plan()).pod, std::nullopt);
}

TEST(Wake, TheFirstReadyStaysTheStartTime) {
  const auto waking = Observation().waking().pod(ready_pod());
  const auto status = written_by(waking.plan());
  EXPECT_EQ(status.start_time, waking.status().start_time);
  EXPECT_LT(*status.start_time, *status.state_since);
}

TEST(Wake, CanFail) {
  expect_rows({
      {.when = "its clock ends",
       .given = Observation().waking(seconds(301)).pod(unready_pod()),
       .check = "starting",
       .actions = {"ERROR WakeTimeout"},
       .conditions = "!Ready/WakeTimeout Reconciling/WakeTimeout !AgentReady/WakeTimeout",
       .events = {"Warning WakeTimeout"}},
      {.when = "its clock ends by a cause outside",
       .given = Observation().waking(seconds(301)).pod(unschedulable_pod("no node")),
       .check = "starting",
       .actions = {"ERROR WakeTimeout"},
       .conditions = "!Ready/Unschedulable Stalled/Unschedulable !AgentReady/WakeTimeout",
       .events = {"Warning WakeTimeout", "Warning Unschedulable"}},
      {.when = "its pod fails",
       .given = Observation().waking().pod(failed_pod()),
       .check = "starting",
       .actions = {"ERROR PodFailed"},
       .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
       .events = {"Warning PodFailed"}},
  });
}

TEST(Wake, StoppedMeanwhile_WakingIsTakenBackBeforeThePodGoes) {
  expect_rows({{.when = "stopped while waking",
                .given = Observation().waking().pod(starting_pod()).desired(DesiredState::Stopped),
                .check = "suspension_asked",
                .actions = {"IDLE Stopped"},
                .conditions = "Ready/Stopped Suspended/Stopped !AgentReady/NoAgent",
                .then = {"delete pod pod-1"}}});
}

TEST(OldPod, IsDeletedAndWaitedForBeforeAStartBegins) {
  const auto idle = [](const api::Pod& pod) {
    return Observation().asleep().desired(DesiredState::Running).pod(pod);
  };
  const auto init = [](const api::Pod& pod) {
    return Observation()
        .desired(DesiredState::Stopped)
        .settle()
        .desired(DesiredState::Running)
        .pod(pod);
  };
  expect_rows({
      {.when = "IDLE, still there",
       .given = idle(ready_pod()),
       .check = "starting",
       .actions = {"delete pod pod-1"}},
      {.when = "IDLE, going: nothing is said within its grace",
       .given = idle(going(ready_pod(), seconds(20))),
       .check = "starting",
       .recheck = seconds(23)},
      {.when = "IDLE, outstaying its grace",
       .given = idle(going(ready_pod(), seconds(-3))),
       .check = "starting",
       .actions = {"IDLE PodTerminating"},
       .conditions = "!Ready/PodTerminating Reconciling/PodTerminating !AgentReady/PodTerminating"},
      {.when = "IDLE, seen again after a word of a newer version",
       .given = Observation()
                    .asleep()
                    .desired(DesiredState::Unknown)
                    .settle()
                    .desired(DesiredState::Running)
                    .pod(ready_pod()),
       .check = "starting",
       .actions = {"delete pod pod-1"}},
      {.when = "suspended INIT, still there",
       .given = init(starting_pod()),
       .check = "starting",
       .actions = {"delete pod pod-1"}},
      {.when = "suspended INIT, outstaying its grace",
       .given = init(going(starting_pod(), seconds(-3))),
       .check = "starting",
       .actions = {"INIT PodTerminating"},
       .conditions = "!Ready/PodTerminating Reconciling/PodTerminating !AgentReady/PodTerminating"},
  });
}

TEST(OldPod, IsNoneThatWasMadeOnceARefusalWasMended) {
  auto life = Observation().waking().refused(Step::CreatePod, ErrorCode::Invalid, "no").settle();
  EXPECT_EQ(life.status().reason, "InvalidTemplate");
  life.later(seconds(8));
  EXPECT_EQ(actions_of(life.plan()), std::vector<std::string>{"create pod"});
  life.carry_out(life.plan()).settle();
  EXPECT_EQ(life.status().reason, "Starting");
  EXPECT_EQ(actions_of(life.pod(ready_pod()).plan()), std::vector<std::string>{"READY Ready"});
}

// T10: while the old pod goes, no clock runs; when it is gone the clock begins.
TEST(OldPod, HoldsTheStartClockWhileItGoes) {
  for (const bool woken : {true, false}) {
    SCOPED_TRACE(woken ? "IDLE" : "INIT");
    auto life =
        woken ? Observation().asleep() : Observation().desired(DesiredState::Stopped).settle();
    life.desired(DesiredState::Running).pod(going(ready_pod(), seconds(-3))).settle();
    EXPECT_EQ(life.status().reason, "PodTerminating");
    life.later(seconds(1000));
    EXPECT_EQ(actions_of(life.plan()), std::vector<std::string>{});
    EXPECT_EQ(life.plan().recheck, std::nullopt);
    life.no_pod();
    EXPECT_EQ(actions_of(life.plan()),
              std::vector<std::string>{woken ? "IDLE Starting" : "INIT Starting"});
    life.carry_out(life.plan());
    EXPECT_EQ(life.plan().recheck, life.now() + seconds(301));
  }
}

}  // namespace
}  // namespace sojourn::domain::test
