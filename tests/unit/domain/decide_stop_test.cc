// Stopped and Paused (T2, T3, T4).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::ClaimPhase;
using api::DesiredState;

constexpr const char* kStopped = "Ready/Stopped Suspended/Stopped !AgentReady/NoAgent";

TEST(Stop, SleepIsWrittenBeforeThePodGoes) {
  const auto stopped = [] { return Observation().ready().desired(DesiredState::Stopped); };
  expect_rows({
      {.when = "stopped",
       .given = stopped(),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = kStopped,
       .then = {"delete pod pod-1"}},
      {.when = "paused",
       .given = Observation().ready().desired(DesiredState::Paused),
       .check = "suspension_asked",
       .actions = {"IDLE Paused"},
       .conditions = "Ready/Paused Suspended/Paused !AgentReady/NoAgent",
       .then = {"delete pod pod-1"}},
      {.when = "the pod already goes",
       .given = stopped().pod(going(ready_pod())),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = kStopped},
      {.when = "the pod is not Ready (T6b)",
       .given = stopped().pod(unready_pod()),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = kStopped,
       .then = {"delete pod pod-1"}},
      {.when = "the pod is gone",
       .given = stopped().no_pod(),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = kStopped},
      {.when = "a turn is open (T3): it cannot be, without a reporter, so READY comes first",
       .given = Observation().busy().desired(DesiredState::Stopped),
       .check = "busy",
       .actions = {"READY Ready"},
       .conditions = "Ready/Stopped Suspended/Stopped AgentReady/Ready",
       .then = {"IDLE Stopped"}},
  });
}

TEST(Stop, TheClaimAndItsRecordStayThePodsRecordGoes) {
  const auto status =
      written_by(Observation().storage().ready().desired(DesiredState::Stopped).plan());
  EXPECT_EQ(status.pod, std::nullopt);
  ASSERT_TRUE(status.volume.has_value());
  EXPECT_EQ(status.volume->claim_uid, "claim-1");
}

TEST(Stop, InInitAndErrorTheStateStays) {
  expect_rows({
      {.when = "created stopped: no claim is made either",
       .given = Observation().storage().desired(DesiredState::Stopped),
       .check = "suspension_asked",
       .actions = {"INIT Stopped"},
       .conditions = "Ready/Stopped Suspended/Stopped !VolumeReady/VolumePending "
                     "!AgentReady/NoAgent"},
      {.when = "stopped while starting",
       .given = Observation().starting().pod(starting_pod()).desired(DesiredState::Stopped),
       .check = "suspension_asked",
       .actions = {"INIT Stopped"},
       .conditions = kStopped,
       .then = {"delete pod pod-1"}},
      {.when = "stopped in ERROR: the reason stays what went wrong",
       .given = Observation().lost().desired(DesiredState::Stopped),
       .check = "suspension_asked",
       .actions = {"ERROR PodLost"},
       .conditions = kStopped},
      {.when = "stopped when nothing is tried any more",
       .given = Observation().exhausted().desired(DesiredState::Stopped),
       .check = "suspension_asked",
       .actions = {"ERROR PodLost"},
       .conditions = kStopped},
  });
}

TEST(Stop, ClearsTheAttemptsAndTheNextOne) {
  const auto stopped = Observation().lost().desired(DesiredState::Stopped);
  const auto status = written_by(stopped.plan());
  EXPECT_EQ(status.attempts, 0);
  EXPECT_EQ(status.next_attempt_time, std::nullopt);
  expect_rows({{.when = "run again",
                .given = Observation(stopped).settle().desired(DesiredState::Running),
                .check = "failed",
                .actions = {"INIT Starting"},
                .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
                .then = {"create pod"},
                .events = {"Normal Retrying"}}});
}

TEST(Asleep, NothingIsDoneButToKeepItSo) {
  expect_rows({
      {.when = "at rest", .given = Observation().storage().asleep(), .check = "suspension_asked"},
      {.when = "a pod appears",
       .given = Observation().asleep().pod(pending_pod()),
       .check = "suspension_asked",
       .actions = {"delete pod pod-1"}},
      {.when = "a failed pod is no task's",
       .given = Observation().asleep().pod(failed_pod()),
       .check = "suspension_asked",
       .actions = {"delete pod pod-1"}},
      {.when = "from Stopped to Paused",
       .given = Observation().asleep().desired(DesiredState::Paused),
       .check = "suspension_asked",
       .actions = {"IDLE Paused"},
       .conditions = "Ready/Paused Suspended/Paused !AgentReady/NoAgent"},
  });
}

TEST(Asleep, TransitionTimesMoveOnlyWhenAConditionFlips) {
  const auto asleep = Observation().asleep();
  const auto paused =
      written_by(Observation(asleep).later(seconds(50)).desired(DesiredState::Paused).plan());
  for (const auto& condition : paused.conditions) {
    const auto* before = api::find_condition(asleep.status().conditions, condition.type);
    ASSERT_NE(before, nullptr) << condition.type;
    EXPECT_EQ(condition.last_transition_time, before->last_transition_time) << condition.type;
  }
  EXPECT_EQ(paused.state_since, asleep.status().state_since);
  const auto waking =
      written_by(Observation(asleep).later(seconds(50)).desired(DesiredState::Running).plan());
  EXPECT_EQ(api::find_condition(waking.conditions, "Suspended")->last_transition_time,
            kNow + seconds(50));
}

}  // namespace
}  // namespace sojourn::domain::test
