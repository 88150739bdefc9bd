// Mode Task: a command that ends (T1, T9).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::Outcome;

constexpr const char* kReady = "Ready/Ready AgentReady/Ready";
constexpr const char* kCompleted = "Ready/Completed !AgentReady/Completed Finished/Completed";

Observation completed() {
  return Observation().task().ready().pod(succeeded_pod()).settle();
}
Observation out_of_attempts() {
  return Observation().task().retry_limit(0).ready().pod(failed_pod(3)).settle();
}

TEST(Task, ThatEndedWithZeroTakesTheWayOverReady) {
  expect_rows({
      {.when = "ended under READY",
       .given = Observation().task().ready().pod(succeeded_pod()),
       .check = "task_ended",
       .actions = {"IDLE Completed"},
       .conditions = kCompleted},
      {.when = "ended before READY was seen",
       .given = Observation().task().starting().pod(succeeded_pod()),
       .check = "task_ended",
       .actions = {"READY Ready"},
       .conditions = kReady,
       .then = {"IDLE Completed"}},
      {.when = "ended while waking",
       .given = Observation().task().waking().pod(succeeded_pod()),
       .check = "task_ended",
       .actions = {"READY Ready"},
       .conditions = kReady,
       .then = {"IDLE Completed"}},
      {.when = "ended after all, past the start clock",
       .given = Observation()
                    .task()
                    .held_up_by(waiting_pod("ImagePullBackOff", ""))
                    .pod(succeeded_pod()),
       .check = "task_ended",
       .actions = {"READY Ready"},
       .conditions = kReady,
       .then = {"IDLE Completed"}},
      {.when = "ended before the status was wiped",
       .given = Observation().task().pod(succeeded_pod()),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
       .then = {"READY Ready"}},
  });
}

TEST(Task, ThatEndedWhileItWasAskedToStopHasEnded) {
  expect_rows({
      {.when = "under READY",
       .given = Observation().task().ready().pod(succeeded_pod()).desired(DesiredState::Stopped),
       .check = "task_ended",
       .actions = {"IDLE Completed"},
       .conditions = kCompleted},
      {.when = "in INIT: the state stays",
       .given = Observation().task().starting().pod(succeeded_pod()).desired(DesiredState::Paused),
       .check = "task_ended",
       .actions = {"INIT Completed"},
       .conditions = kCompleted},
      {.when = "a pod that was asked to go and then ended with 0 is no success",
       .given = Observation().task().ready().pod(going(succeeded_pod())).confirmed_gone(),
       .check = "awake",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodLost",
       .events = {"Warning PodLost"}},
  });
}

TEST(Task, CompletedIsFinalAndKeepsItsPodForTheLogs) {
  expect_rows({
      {.when = "at rest", .given = completed(), .check = "outcome_reached"},
      {.when = "its pod deleted", .given = completed().no_pod(), .check = "outcome_reached"},
      {.when = "stopped afterwards",
       .given = completed().desired(DesiredState::Stopped),
       .check = "outcome_reached"},
      {.when = "a pod that still runs goes",
       .given = completed().pod(ready_pod()),
       .check = "outcome_reached",
       .actions = {"delete pod pod-1"}},
  });
  const auto status = completed().status();
  EXPECT_EQ(status.outcome, Outcome::Completed);
  EXPECT_EQ(status.finish_time, kNow);
  EXPECT_EQ(status.pod, std::nullopt);
}

TEST(Task, ThatFailsIsTriedAgainLikeAnyOther) {
  expect_rows({{.when = "failed",
                .given = Observation().task().ready().pod(failed_pod(3)),
                .check = "awake",
                .actions = {"ERROR PodFailed"},
                .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
                .events = {"Warning PodFailed"}}});
}

TEST(Task, WithoutAttemptsLeftHasFailedForGood) {
  constexpr const char* kFailed =
      "!Ready/TaskFailed Stalled/TaskFailed !AgentReady/PodFailed Finished/TaskFailed";
  expect_rows({
      {.when = "the last failure",
       .given = Observation().task().retry_limit(0).ready().pod(failed_pod(3)),
       .check = "awake",
       .actions = {"ERROR TaskFailed"},
       .conditions = kFailed,
       .events = {"Warning TaskFailed"}},
      {.when = "at rest, the pod kept", .given = out_of_attempts(), .check = "outcome_reached"},
      {.when = "the limit raised: an outcome does not change",
       .given = out_of_attempts().retry_limit(9),
       .check = "outcome_reached"},
      {.when = "stopped and run again: nor then",
       .given =
           out_of_attempts().desired(DesiredState::Stopped).settle().desired(DesiredState::Running),
       .check = "outcome_reached"},
  });
  const auto status = out_of_attempts().status();
  EXPECT_EQ(status.outcome, Outcome::Failed);
  EXPECT_EQ(status.finish_time, kNow);
  EXPECT_EQ(status.message, "container agent ended with 3 (Error)");
}

TEST(Task, IsNeverCalledFailedForACauseOutside) {
  const auto status = written_by(Observation()
                                     .task()
                                     .retry_limit(0)
                                     .starting(seconds(301))
                                     .pod(waiting_pod("ImagePullBackOff", ""))
                                     .plan());
  EXPECT_EQ(status.outcome, std::nullopt);
  EXPECT_EQ(status.reason, "StartTimeout");
}

}  // namespace
}  // namespace sojourn::domain::test
