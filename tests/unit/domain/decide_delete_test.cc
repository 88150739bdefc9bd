// ttl.deleteAfterFinishedSeconds: the Session object goes, last of all.
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::RetentionPolicy;

// Cancelled, its pod gone, so many seconds ago.
Observation cancelled(seconds ago) {
  return Observation()
      .deletion(seconds(60))
      .ready()
      .desired(DesiredState::Cancelled)
      .settle()
      .no_pod()
      .settle()
      .later(ago);
}

TEST(Deletion, ComesWhenTheTimeSinceTheOutcomeIsOverByAClockThatAgrees) {
  expect_rows({
      {.when = "a moment before",
       .given = cancelled(seconds(60)),
       .check = "outcome_reached",
       .recheck = seconds(1)},
      {.when = "over",
       .given = cancelled(seconds(61)),
       .check = "outcome_reached",
       .actions = {"delete session session-uid"}},
      {.when = "over by a clock that was not asked about yet",
       .given = cancelled(seconds(61)).clock(ClockCheck::Unknown),
       .check = "unconfirmed_time",
       .actions = {"confirm time"}},
      {.when = "over by a clock that differs",
       .given = cancelled(seconds(61)).clock(ClockCheck::Differs, seconds(30)),
       .check = "outcome_reached",
       .recheck = seconds(30)},
      {.when = "0: never",
       .given = cancelled(seconds(6000)).deletion(seconds(0)),
       .check = "outcome_reached"},
      {.when = "without an outcome there is nothing to count from",
       .given = Observation().deletion(seconds(1)).asleep().later(seconds(6000)),
       .check = "suspension_asked"},
  });
}

TEST(Deletion, NamesTheRevisionThatWasSeen) {
  const auto plan = cancelled(seconds(61)).plan();
  ASSERT_EQ(plan.actions.size(), 1U);
  const auto& action = std::get<DeleteSession>(plan.actions.front());
  EXPECT_EQ(action.name, "chat");
  EXPECT_EQ(action.uid, "session-uid");
  EXPECT_EQ(action.resource_version, "1");
}

TEST(Deletion, WaitsForWhatIsStillToBeDone) {
  const auto expired = [] {
    return Observation()
        .deletion(seconds(1))
        .retention(RetentionPolicy::Delete, RetentionPolicy::Retain)
        .lifetime(seconds(7200))
        .ready()
        .later(seconds(7200))
        .settle()
        .later(seconds(60));
  };
  expect_rows({
      {.when = "the pod is going, and the claim goes after it",
       .given = expired(),
       .check = "expiry"},
      {.when = "the claim goes first",
       .given = expired().no_pod(),
       .check = "expiry",
       .actions = {"delete claim claim-1"}},
      {.when = "then what became of the claim is told",
       .given = expired().no_pod().no_claim(),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !VolumeReady/VolumeDeleted "
                     "!AgentReady/Expired Finished/Expired",
       .then = {"delete session session-uid"}},
  });
}

}  // namespace
}  // namespace sojourn::domain::test
