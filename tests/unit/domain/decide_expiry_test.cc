// ttl.maxLifetimeSeconds (the Session of these tests is an hour old).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::Outcome;
using api::RetentionPolicy;

constexpr seconds kHour{3600};
constexpr const char* kExpired =
    "Ready/Expired Expired/Expired !AgentReady/Expired Finished/Expired";

// Past its lifetime from now on; the states before were reached when it was not.
Observation over(Observation given) {
  return given.lifetime(kHour);
}

TEST(Expiry, IsWrittenBeforeThePodGoes) {
  expect_rows({
      {.when = "READY",
       .given = over(Observation().ready()),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = kExpired,
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
      {.when = "waking: one write takes Waking back and says Expired",
       .given = over(Observation().waking().pod(starting_pod())),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = kExpired,
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
      {.when = "INIT: the state stays",
       .given = over(Observation().starting().pod(starting_pod())),
       .check = "expiry",
       .actions = {"INIT Expired"},
       .conditions = kExpired,
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
      {.when = "ERROR: the state and its reason stay",
       .given = over(Observation().lost()),
       .check = "expiry",
       .actions = {"ERROR PodLost"},
       .conditions = kExpired,
       .events = {"Normal Expired"}},
      {.when = "before anything was said",
       .given = over(Observation().storage()),
       .check = "expiry",
       .actions = {"INIT Expired"},
       .conditions = "Ready/Expired Expired/Expired !VolumeReady/VolumePending "
                     "!AgentReady/Expired Finished/Expired",
       .events = {"Normal Expired"}},
      {.when = "a task that has just ended well, too",
       .given = over(Observation().task().ready().pod(succeeded_pod())),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = kExpired,
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
      {.when = "stopped",
       .given = over(Observation().asleep()),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = kExpired,
       .events = {"Normal Expired"}},
      {.when = "BUSY (T3): READY comes first",
       .given = over(Observation().busy()),
       .check = "busy",
       .actions = {"READY Ready"},
       .conditions = "Ready/Expired Expired/Expired AgentReady/Ready",
       .then = {"IDLE Expired"},
       .events = {"Normal Expired"}},
  });
}

TEST(Expiry, IsNeitherEarlyNorForgotten) {
  auto soon = Observation().lifetime(kHour + seconds(7)).ready();
  expect_rows({{.when = "a moment before", .given = soon, .check = "awake", .recheck = seconds(7)},
               {.when = "on time",
                .given = Observation(soon).later(seconds(7)),
                .check = "expiry",
                .actions = {"IDLE Expired"},
                .conditions = kExpired,
                .then = {"delete pod pod-1"},
                .events = {"Normal Expired"}},
               {.when = "no lifetime",
                .given = Observation().lifetime(seconds(0)).ready(),
                .check = "awake"}});
  EXPECT_EQ(soon.status().expires_at, kNow + seconds(7));
  EXPECT_EQ(Observation().ready().status().expires_at, std::nullopt);
}

TEST(Expiry, WaitsForAClockThatAgrees) {
  const auto due = over(Observation().ready());
  expect_rows({
      {.when = "the API server's clock not asked yet",
       .given = Observation(due).clock(ClockCheck::Unknown),
       .check = "unconfirmed_time",
       .actions = {"confirm time"}},
      {.when = "it says otherwise: the life goes on, and it is asked again",
       .given = over(Observation().ready()).clock(ClockCheck::Differs, seconds(30)),
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready",
       .recheck = seconds(30)},
      {.when = "not due: not asked",
       .given = Observation().lifetime(kHour * 2).ready().clock(ClockCheck::Unknown),
       .check = "awake",
       .recheck = kHour},
      {.when = "told already: not asked",
       .given = Observation(due).settle().no_pod().clock(ClockCheck::Unknown),
       .check = "expiry"},
      {.when = "being deleted: not asked",
       .given = Observation(due).deleted().clock(ClockCheck::Unknown),
       .check = "being_deleted"},
  });
}

TEST(Expiry, AChangedLifetimeIsShownAndAnExtensionInTimeWins) {
  const auto longer = Observation().lifetime(kHour + seconds(7)).ready().lifetime(kHour * 2);
  EXPECT_EQ(written_by(longer.plan()).expires_at, kNow + kHour);
  EXPECT_EQ(written_by(longer.plan()).outcome, std::nullopt);
}

TEST(Expiry, IsFinal) {
  const auto expired = over(Observation().ready()).settle().no_pod();
  expect_rows({
      {.when = "at rest", .given = expired, .check = "expiry"},
      {.when = "the lifetime taken back",
       .given = Observation(expired).change(
           [](api::Session& session) { session.spec.ttl.max_lifetime_seconds.reset(); }),
       .check = "expiry"},
      {.when = "stopped and run",
       .given = Observation(expired).desired(DesiredState::Stopped),
       .check = "expiry"},
      {.when = "a pod appears",
       .given = Observation(expired).pod(pending_pod()),
       .check = "expiry",
       .actions = {"delete pod pod-1"}},
  });
  const auto restored = Observation(expired).change([](api::Session& session) {
    session.spec.ttl.max_lifetime_seconds.reset();
    session.status.conditions.clear();
  });
  EXPECT_EQ(restored.plan().check, "expiry") << "the outcome alone says so";
  const auto unborn = over(Observation().ready()).change([](api::Session& session) {
    session.meta.creation_timestamp.reset();
  });
  EXPECT_EQ(unborn.plan().check, "awake") << "a lifetime has a beginning";
  EXPECT_EQ(expired.status().outcome, Outcome::Expired);
  EXPECT_EQ(expired.status().finish_time, kNow);
}

TEST(Expiry, AnOutcomeThatWasReachedStays) {
  const auto finished = [](int exit_code) {
    const auto pod = exit_code == 0 ? succeeded_pod() : failed_pod(exit_code);
    return over(Observation().task().retry_limit(0).ready().pod(pod).settle());
  };
  expect_rows({
      {.when = "Completed",
       .given = finished(0),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !AgentReady/Expired Finished/Completed",
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
      {.when = "Failed",
       .given = finished(3),
       .check = "expiry",
       .actions = {"ERROR TaskFailed"},
       .conditions = "!Ready/TaskFailed Stalled/TaskFailed Expired/Expired !AgentReady/Expired "
                     "Finished/TaskFailed",
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
  });
  EXPECT_EQ(written_by(finished(0).plan()).outcome, Outcome::Completed);
  auto taken_back = finished(0).settle().change(
      [](api::Session& session) { session.spec.ttl.max_lifetime_seconds.reset(); });
  EXPECT_EQ(taken_back.plan().check, "expiry") << "expired stays expired";
}

TEST(Expiry, TheClaimGoesOnlyIfRetentionSaysSoAndOnlyAfterThePod) {
  const auto expired = [](RetentionPolicy when_expired) {
    return over(Observation().retention(when_expired, RetentionPolicy::Retain).ready()).settle();
  };
  expect_rows({
      {.when = "Retain, the pod still going",
       .given = expired(RetentionPolicy::Retain),
       .check = "expiry"},
      {.when = "Retain, the pod gone",
       .given = expired(RetentionPolicy::Retain).no_pod(),
       .check = "claim_upkeep",
       .actions = {"release claim"}},
      {.when = "Retain, and released",
       .given = expired(RetentionPolicy::Retain).no_pod().settle(),
       .check = "expiry"},
      {.when = "a word of a newer version is Retain",
       .given = expired(RetentionPolicy::Unknown).no_pod(),
       .check = "claim_upkeep",
       .actions = {"release claim"}},
      {.when = "Delete, the pod still going",
       .given = expired(RetentionPolicy::Delete),
       .check = "expiry"},
      {.when = "Delete, the pod gone",
       .given = expired(RetentionPolicy::Delete).no_pod(),
       .check = "expiry",
       .actions = {"delete claim claim-1"}},
      {.when = "Delete, the claim on its way out",
       .given = expired(RetentionPolicy::Delete).no_pod().claim_going().settle(),
       .check = "expiry"},
      {.when = "Delete, but the claim is not ours",
       .given = expired(RetentionPolicy::Delete).no_pod().foreign_claim(),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !VolumeReady/VolumeConflict "
                     "!AgentReady/Expired Finished/Expired"},
      {.when = "Retain, the claim gone: only who looks knows",
       .given = expired(RetentionPolicy::Retain).no_pod().no_claim(),
       .check = "missing_claim",
       .actions = {"confirm claim claim-1 gone"}},
      {.when = "Retain, the claim gone for sure",
       .given = expired(RetentionPolicy::Retain).no_pod().no_claim().confirmed_gone(),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !VolumeReady/VolumeLost "
                     "!AgentReady/Expired Finished/Expired"},
      {.when = "Delete, no claim was ever made",
       .given = over(Observation().retention(RetentionPolicy::Delete, RetentionPolicy::Retain)),
       .check = "expiry",
       .actions = {"INIT Expired"},
       .conditions = "Ready/Expired Expired/Expired !VolumeReady/VolumePending "
                     "!AgentReady/Expired Finished/Expired",
       .events = {"Normal Expired"}},
      {.when = "Delete, the claim gone",
       .given = expired(RetentionPolicy::Delete).no_pod().no_claim(),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !VolumeReady/VolumeDeleted "
                     "!AgentReady/Expired Finished/Expired"},
  });
  const auto gone = expired(RetentionPolicy::Delete).no_pod().no_claim().settle();
  EXPECT_EQ(gone.status().volume, std::nullopt);
}

TEST(Expiry, DeletesExactlyTheRevisionOfTheClaimThatWasSeen) {
  const auto plan =
      over(Observation().retention(RetentionPolicy::Delete, RetentionPolicy::Retain).ready())
          .settle()
          .no_pod()
          .plan();
  ASSERT_EQ(plan.actions.size(), 1U);
  const auto& action = std::get<DeleteClaim>(plan.actions[0]);
  EXPECT_EQ(action.name, kChild);
  EXPECT_EQ(action.uid, "claim-1");
  EXPECT_EQ(action.resource_version, "3");
}

}  // namespace
}  // namespace sojourn::domain::test
