// The checks that come before all others: deletion, words of a newer version, strays.
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;

TEST(BeingDeleted, NothingIsMadeAndNothingIsSaid) {
  expect_rows({
      {.when = "new", .given = Observation().storage().deleted(), .check = "being_deleted"},
      {.when = "starting", .given = Observation().starting().deleted(), .check = "being_deleted"},
      {.when = "its pod lost",
       .given = Observation().ready().no_pod().deleted(),
       .check = "being_deleted"},
      {.when = "stopped",
       .given = Observation().ready().desired(DesiredState::Stopped).deleted(),
       .check = "being_deleted"},
      {.when = "retry due",
       .given = Observation().lost(seconds(100)).deleted(),
       .check = "being_deleted"},
  });
}

TEST(NewerWord, IsSaidAndNothingIsTouched) {
  expect_rows({
      {.when = "desiredState, READY",
       .given = Observation().ready().desired(DesiredState::Unknown),
       .check = "unknown_words",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready Degraded/UnknownValue",
       .events = {"Warning UnknownValue"}},
      {.when = "desiredState, new",
       .given = Observation().storage().desired(DesiredState::Unknown),
       .check = "unknown_words",
       .actions = {"INIT UnknownValue"},
       .conditions = "!Ready/UnknownValue Reconciling/UnknownValue !VolumeReady/VolumePending "
                     "!AgentReady/NoAgent Degraded/UnknownValue",
       .events = {"Warning UnknownValue"}},
      {.when = "desiredState, waking",
       .given = Observation().waking().desired(DesiredState::Unknown),
       .check = "unknown_words",
       .actions = {"IDLE Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting Waking/Waking !AgentReady/NoAgent "
                     "Degraded/UnknownValue",
       .events = {"Warning UnknownValue"}},
      {.when = "desiredState, READY, a condition left over",
       .given =
           Observation().ready().desired(DesiredState::Unknown).change([](api::Session& session) {
             session.status.conditions.push_back(
                 {"Waking", api::ConditionStatus::True, "Waking", "", kNow, 1});
           }),
       .check = "unknown_words",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready Degraded/UnknownValue",
       .events = {"Warning UnknownValue"}},
      {.when = "state: no legal change is known from it",
       .given = Observation().ready().change(
           [](api::Session& session) { session.status.state = api::SessionState::Unknown; }),
       .check = "unknown_words"},
      {.when = "outcome: what comes of it only the newer version knows",
       .given = Observation().ready().change(
           [](api::Session& session) { session.status.outcome = api::Outcome::Unknown; }),
       .check = "unknown_words",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready Finished/UnknownValue Degraded/UnknownValue",
       .events = {"Warning UnknownValue"}},
      {.when = "it is over for one that sleeps: its start begins now",
       .given = Observation()
                    .asleep()
                    .desired(DesiredState::Unknown)
                    .settle()
                    .later(seconds(1000))
                    .desired(DesiredState::Running),
       .check = "starting",
       .actions = {"IDLE Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting Waking/Waking !AgentReady/Starting",
       .then = {"create pod"}},
      {.when = "it is over: back to normal",
       .given = Observation()
                    .ready()
                    .desired(DesiredState::Unknown)
                    .settle()
                    .desired(DesiredState::Running),
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
  });
  const auto status = written_by(
      Observation()
          .change([](api::Session& session) { session.spec.mode = api::SessionMode::Unknown; })
          .plan());
  EXPECT_EQ(api::find_condition(status.conditions, "Degraded")->message,
            "spec.mode is a word of a newer version; upgrade the operator");
}

TEST(NewerWord, IsToldOnceAndAgainForAnotherReason) {
  const auto told = Observation().ready().desired(DesiredState::Unknown).settle();
  EXPECT_TRUE(events_of(Observation(told).edited().plan()).empty());
  auto pruned = Observation(told);
  pruned.change([](api::Session& session) {
    for (auto& condition : session.status.conditions) {
      if (condition.type == "Degraded") condition.reason = "StatusPruned";
    }
  });
  EXPECT_EQ(events_of(pruned.plan()), std::vector<std::string>{"Warning UnknownValue"});
}

TEST(NewerWord, IsToldRatherThanAStatusThatIsNotKept) {
  const auto unknown = Observation().ready().desired(DesiredState::Unknown).pruned(seconds(0));
  EXPECT_EQ(api::find_condition(written_by(unknown.plan()).conditions, "Degraded")->reason,
            "UnknownValue");
}

TEST(NewerWord, ARestoredStatusWithoutConditionsIsTakenAsItIs) {
  auto restored = Observation().starting().pod(starting_pod()).settle().edited();
  restored.change([](api::Session& session) {
    std::erase_if(session.status.conditions,
                  [](const auto& condition) { return condition.type == "Expired"; });
  });
  EXPECT_TRUE(events_of(restored.plan()).empty());
}

TEST(Stray, GoesFirstWhateverTheSessionIs) {
  expect_rows({
      {.when = "beside a Ready pod",
       .given = Observation().ready().stray("pod-9"),
       .check = "stray_pods",
       .actions = {"delete pod pod-9"}},
      {.when = "two of them",
       .given = Observation().ready().stray("pod-8").stray("pod-9"),
       .check = "stray_pods",
       .actions = {"delete pod pod-8", "delete pod pod-9"}},
      {.when = "on its way out, beside a Ready pod: life goes on",
       .given = Observation().ready().stray("pod-9").settle(),
       .check = "awake"},
      {.when = "on its way out: no pod is made beside it",
       .given = Observation().starting().stray("pod-9").settle(),
       .check = "starting"},
  });
}

TEST(NewerWord, OfAReasonStaysWhereItStands) {
  const auto stalled = Observation().exhausted().change([](api::Session& session) {
    session.status.reason = "Hibernating";
    for (auto& condition : session.status.conditions) {
      if (condition.reason == "RetriesExhausted" || condition.reason == "PodLost") {
        condition.reason = "Hibernating";
      }
    }
  });
  EXPECT_TRUE(actions_of(stalled.plan()).empty()) << "what ends it a newer version knows";
  EXPECT_TRUE(actions_of(Observation(stalled).retry_limit(9).plan()).empty())
      << "and a raised limit does not";
  const auto stopped = written_by(Observation(stalled).desired(DesiredState::Stopped).plan());
  EXPECT_EQ(stopped.reason, "Hibernating");
}

}  // namespace
}  // namespace sojourn::domain::test
