// spec.desiredState: Cancelled (T9).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::Outcome;

constexpr const char* kCancelled = "Ready/Cancelled !AgentReady/Cancelled Finished/Cancelled";

Observation cancelled(Observation given) {
  return given.desired(DesiredState::Cancelled);
}

TEST(Cancellation, IsWrittenBeforeThePodGoes) {
  expect_rows({
      {.when = "READY",
       .given = cancelled(Observation().ready()),
       .check = "cancellation_asked",
       .actions = {"IDLE Cancelled"},
       .conditions = kCancelled,
       .then = {"delete pod pod-1"}},
      {.when = "waking: one write takes Waking back",
       .given = cancelled(Observation().waking().pod(starting_pod())),
       .check = "cancellation_asked",
       .actions = {"IDLE Cancelled"},
       .conditions = kCancelled,
       .then = {"delete pod pod-1"}},
      {.when = "INIT: the state stays",
       .given = cancelled(Observation().starting().pod(starting_pod())),
       .check = "cancellation_asked",
       .actions = {"INIT Cancelled"},
       .conditions = kCancelled,
       .then = {"delete pod pod-1"}},
      {.when = "ERROR: the state and its reason stay",
       .given = cancelled(Observation().lost()),
       .check = "cancellation_asked",
       .actions = {"ERROR PodLost"},
       .conditions = kCancelled},
      {.when = "asleep",
       .given = cancelled(Observation().asleep()),
       .check = "cancellation_asked",
       .actions = {"IDLE Cancelled"},
       .conditions = kCancelled},
      {.when = "made so: nothing is made for it",
       .given = cancelled(Observation().storage()),
       .check = "cancellation_asked",
       .actions = {"INIT Cancelled"},
       .conditions = "Ready/Cancelled !VolumeReady/VolumePending !AgentReady/Cancelled "
                     "Finished/Cancelled"},
      {.when = "BUSY (T3): READY comes first",
       .given = cancelled(Observation().busy()),
       .check = "busy",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready",
       .then = {"IDLE Cancelled"}},
  });
}

TEST(Cancellation, IsFinal) {
  const auto over = cancelled(Observation().ready()).settle().no_pod();
  EXPECT_EQ(over.status().outcome, Outcome::Cancelled);
  EXPECT_EQ(over.status().finish_time, kNow);
  expect_rows({
      {.when = "at rest", .given = over, .check = "outcome_reached"},
      {.when = "another run token",
       .given = Observation(over).run_token("2"),
       .check = "outcome_reached",
       .actions = {"IDLE Cancelled"},
       .conditions = kCancelled},
      {.when = "asked to run all the same",
       .given = Observation(over).desired(DesiredState::Running).run_token("2"),
       .check = "outcome_reached",
       .actions = {"IDLE Cancelled"},
       .conditions = kCancelled},
  });
}

// While the pod is there its claim is not marked as left, and nobody else may go on with it.
TEST(Cancellation, LeavesNoFinishedPodBehindThatWouldHoldTheVolume) {
  const auto failed = Observation().storage().ready().pod(failed_pod()).settle();
  const auto over = cancelled(failed).settle();
  EXPECT_EQ(over.status().outcome, Outcome::Cancelled);
  expect_rows({
      {.when = "its pod is going", .given = over, .check = "outcome_reached"},
      {.when = "its pod is gone",
       .given = Observation(over).no_pod(),
       .check = "claim_upkeep",
       .actions = {"release claim"}},
  });
  EXPECT_EQ(actions_of(cancelled(failed).carry_out(cancelled(failed).plan()).plan()),
            std::vector<std::string>{"delete pod pod-1"});
}

TEST(Cancellation, ComesTooLateForATaskThatHasEnded) {
  expect_rows({
      {.when = "completed, not yet told",
       .given = cancelled(Observation().task().ready().pod(succeeded_pod())),
       .check = "task_ended",
       .actions = {"IDLE Completed"},
       .conditions = "Ready/Completed !AgentReady/Completed Finished/Completed"},
      {.when = "completed, and another run asked for: Cancelled is not overridden",
       .given =
           cancelled(Observation().task().ready().pod(succeeded_pod()).settle()).run_token("2"),
       .check = "outcome_reached",
       .actions = {"IDLE Completed"},
       .conditions = "Ready/Completed !AgentReady/Completed Finished/Completed"},
  });
}

}  // namespace
}  // namespace sojourn::domain::test
