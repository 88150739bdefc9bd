// spec.runToken (T9).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;

Observation completed() {
  return Observation().task().ready().pod(succeeded_pod()).settle();
}
Observation task_failed() {
  return Observation().task().retry_limit(0).ready().pod(failed_pod(3)).settle();
}

constexpr const char* kStarting = "!Ready/Starting Reconciling/Starting !AgentReady/NoAgent";

TEST(RunAgain, ThePodOfTheLastRunGoesFirst) {
  expect_rows({
      {.when = "Completed, its pod kept",
       .given = completed().run_token("2"),
       .check = "run_asked",
       .actions = {"delete pod pod-1"}},
      {.when = "its pod on its way out: waited for",
       .given = completed().run_token("2").pod(going(succeeded_pod())),
       .check = "run_asked"},
      {.when = "Completed, no pod",
       .given = completed().no_pod().run_token("2"),
       .check = "run_asked",
       .actions = {"IDLE Starting"},
       .conditions = kStarting,
       .then = {"IDLE Starting"}},
      {.when = "Failed, no pod",
       .given = task_failed().no_pod().run_token("2"),
       .check = "run_asked",
       .actions = {"ERROR TaskFailed"},
       .conditions = "!Ready/TaskFailed Reconciling/TaskFailed !AgentReady/NoAgent",
       .then = {"INIT Starting"}},
  });
}

TEST(RunAgain, IsForEveryOutcomeThatIsNotFinal) {
  const auto timed_out =
      Observation().active_limit(seconds(60)).ready(seconds(61)).settle().no_pod();
  EXPECT_EQ(Observation(timed_out).run_token("2").plan().check, "run_asked");
  const auto expired = completed().no_pod().lifetime(seconds(3600)).settle().run_token("2");
  EXPECT_EQ(expired.plan().check, "expiry");
  EXPECT_EQ(written_by(expired.plan()).last_handled_run_token, "2") << "recorded, and no more";
}

TEST(RunAgain, ARestoredStatusThatIsReadyWithAnOutcomeFallsAsleepFirst) {
  expect_rows({{.when = "READY and Completed",
                .given = Observation()
                             .ready()
                             .change([](api::Session& session) {
                               session.status.outcome = api::Outcome::Completed;
                             })
                             .run_token("2"),
                .check = "outcome_reached",
                .actions = {"IDLE Completed"},
                .conditions = "Ready/Completed !AgentReady/Ready Finished/Completed",
                .then = {"delete pod pod-1"}}});
}

TEST(RunAgain, IsNotHandledBeforeTheLastRunIsAsleep) {
  const auto restored =
      Observation()
          .ready()
          .change([](api::Session& session) { session.status.outcome = api::Outcome::Completed; })
          .run_token("2");
  EXPECT_EQ(written_by(restored.plan()).last_handled_run_token, "");
}

TEST(RunAgain, IsNotForAnOutcomeThatIsFinalWhateverTheState) {
  const auto cancelled = Observation().lost().desired(DesiredState::Cancelled).settle();
  auto restored = Observation(cancelled).desired(DesiredState::Running).run_token("2");
  EXPECT_EQ(restored.plan().check, "outcome_reached");
  auto half_wiped = completed().no_pod().run_token("2");
  half_wiped.change([](api::Session& session) { session.status.state.reset(); });
  EXPECT_EQ(half_wiped.plan().check, "outcome_reached") << "without a state it counts as handled";
}

TEST(RunAgain, ATokenBesideAWordOfANewerVersionIsLeftToThatVersion) {
  const auto plan = Observation().ready().desired(DesiredState::Unknown).run_token("2").plan();
  EXPECT_EQ(plan.check, "unknown_words");
  EXPECT_EQ(written_by(plan).last_handled_run_token, "");
}

TEST(RunAgain, BeginsWithNothingUsedUp) {
  const auto again = written_by(task_failed().no_pod().run_token("2").plan());
  EXPECT_EQ(again.outcome, std::nullopt);
  EXPECT_EQ(again.finish_time, std::nullopt);
  EXPECT_EQ(again.attempts, 0);
  EXPECT_EQ(again.active_seconds, 0);
  EXPECT_EQ(again.last_handled_run_token, "2");
}

TEST(RunAgain, DoesNotOverrideAStop) {
  expect_rows({{.when = "Completed, then stopped",
                .given = completed().no_pod().desired(DesiredState::Stopped).run_token("2"),
                .check = "run_asked",
                .actions = {"IDLE Stopped"},
                .conditions = "Ready/Stopped Suspended/Stopped !AgentReady/NoAgent"}});
}

TEST(RunAgain, EndsTheWaitingInError) {
  expect_rows({
      {.when = "before the next attempt is due",
       .given = Observation().lost().run_token("2"),
       .check = "run_asked",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/NoAgent",
       .then = {"INIT Starting"}},
      {.when = "attempts used up",
       .given = Observation().exhausted().run_token("2"),
       .check = "run_asked",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/NoAgent",
       .then = {"INIT Starting"}},
      {.when = "its pod is kept until the next start",
       .given = Observation().restarted().run_token("2"),
       .check = "run_asked",
       .actions = {"ERROR AgentRestarted"},
       .conditions = "!Ready/AgentRestarted Reconciling/AgentRestarted !AgentReady/NoAgent",
       .then = {"delete pod pod-1"}},
      {.when = "cancelled in ERROR",
       .given = Observation().lost().desired(DesiredState::Cancelled).run_token("2"),
       .check = "cancellation_asked",
       .actions = {"ERROR PodLost"},
       .conditions = "Ready/Cancelled !AgentReady/Cancelled Finished/Cancelled"},
      {.when = "stopped in ERROR: only recorded",
       .given = Observation().lost().desired(DesiredState::Stopped).settle().run_token("2"),
       .check = "suspension_asked",
       .actions = {"ERROR PodLost"},
       .conditions = "Ready/Stopped Suspended/Stopped !AgentReady/NoAgent"},
  });
}

TEST(RunAgain, IsOnlyRecordedElsewhere) {
  expect_rows({
      {.when = "READY",
       .given = Observation().ready().run_token("2"),
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "starting",
       .given = Observation().starting().pod(starting_pod()).run_token("2"),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
       .recheck = seconds(2)},
      {.when = "the token taken away",
       .given =
           completed().run_token("2").no_pod().settle().pod(succeeded_pod()).settle().run_token(""),
       .check = "outcome_reached",
       .actions = {"IDLE Completed"},
       .conditions = "Ready/Completed !AgentReady/Completed Finished/Completed"},
  });
  EXPECT_EQ(written_by(Observation().ready().run_token("2").plan()).last_handled_run_token, "2");
  EXPECT_EQ(Observation().run_token("1").ready().status().last_handled_run_token, "1");
}

TEST(RunAgain, AWipedStatusTakesTheTokenAsHandled) {
  expect_rows({{.when = "with the pod of the finished run",
                .given = completed().run_token("2").status_wiped(),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
                .then = {"READY Ready"}}});
}

}  // namespace
}  // namespace sojourn::domain::test
