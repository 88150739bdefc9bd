// The claim: recorded before it is mounted, never replaced, never taken from others.
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::ClaimPhase;
using api::DesiredState;
using api::RetentionPolicy;

TEST(Claim, IsOnRecordBeforeAPodIsMade) {
  const auto unrecorded = [](Observation given) {
    return given.change([](api::Session& session) { session.status.volume.reset(); });
  };
  expect_rows({{.when = "a status that came before the claim",
                .given = unrecorded(Observation().storage().starting(seconds(5))),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = "!Ready/Starting Reconciling/Starting VolumeReady/VolumeBound "
                              "!AgentReady/Starting",
                .then = {"create pod"},
                .recheck = seconds(296)}});
  const auto recorded = Observation().storage().starting().status().volume;
  ASSERT_TRUE(recorded.has_value());
  EXPECT_EQ(recorded->claim_name, kChild);
  EXPECT_EQ(recorded->claim_uid, "claim-1");
  EXPECT_EQ(recorded->on_delete, "Retain");
}

TEST(Claim, ALostOneIsNeverReplacedByAnEmptyOne) {
  constexpr const char* kLost =
      "!Ready/VolumeLost Stalled/VolumeLost !VolumeReady/VolumeLost !AgentReady/VolumeLost";
  const auto asked = [] {
    return Observation().storage().asleep().desired(DesiredState::Running).no_claim();
  };
  expect_rows({
      {.when = "gone from the cache: the API server is asked",
       .given = asked(),
       .check = "missing_claim",
       .actions = {"confirm claim claim-1 gone"}},
      {.when = "gone for sure",
       .given = asked().confirmed_gone(),
       .check = "starting",
       .actions = {"ERROR VolumeLost"},
       .conditions = kLost,
       .events = {"Warning VolumeLost"}},
      {.when = "an empty one in its place",
       .given = asked().other_claim(),
       .check = "starting",
       .actions = {"ERROR VolumeLost"},
       .conditions = "!Ready/VolumeLost Stalled/VolumeLost VolumeReady/VolumeBound "
                     "!AgentReady/VolumeLost",
       .events = {"Warning VolumeLost"}},
      {.when = "its volume is gone",
       .given =
           Observation().storage().asleep().desired(DesiredState::Running).claim(ClaimPhase::Lost),
       .check = "starting",
       .actions = {"ERROR VolumeLost"},
       .conditions = kLost,
       .events = {"Warning VolumeLost"}},
      {.when = "its volume goes while the new pod comes up",
       .given = Observation().storage().waking().pod(ready_pod()).claim(ClaimPhase::Lost),
       .check = "starting",
       .actions = {"ERROR VolumeLost"},
       .conditions = kLost,
       .then = {"delete pod pod-1"},
       .events = {"Warning VolumeLost"}},
      {.when = "a stopped session says nothing of it before the API server was asked",
       .given = Observation().storage().asleep().no_claim(),
       .check = "missing_claim",
       .actions = {"confirm claim claim-1 gone"}},
      {.when = "afterwards nothing is tried",
       .given = asked().confirmed_gone().settle().later(seconds(100'000)),
       .check = "failed"},
      {.when = "until the claim is back",
       .given = asked().confirmed_gone().settle().claim(ClaimPhase::Bound),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting VolumeReady/VolumeBound "
                     "!AgentReady/Starting",
       .then = {"create pod"},
       .events = {"Normal Retrying"}},
  });
  const auto deleted_by_hand =
      Observation().retention(RetentionPolicy::Delete, RetentionPolicy::Retain).ready().no_claim();
  expect_rows({{.when = "whenExpired: Delete says nothing of a session that has not expired",
                .given = deleted_by_hand,
                .check = "missing_claim",
                .actions = {"confirm claim claim-1 gone"}},
               {.when = "nor once it is gone for sure",
                .given = Observation(deleted_by_hand).confirmed_gone(),
                .check = "awake",
                .actions = {"ERROR VolumeLost"},
                .conditions = kLost,
                .then = {"delete pod pod-1"},
                .events = {"Warning VolumeLost"}}});
  const auto lost = written_by(asked().confirmed_gone().plan());
  EXPECT_EQ(lost.attempts, 0);
  EXPECT_EQ(lost.volume->claim_uid, "claim-1") << "the record says what to restore";
}

TEST(Claim, AForeignOneOfItsNameIsAConflict) {
  constexpr const char* kConflict =
      "!Ready/VolumeConflict Stalled/VolumeConflict !VolumeReady/VolumeConflict "
      "!AgentReady/VolumeConflict";
  const auto conflict = [] { return Observation().storage().foreign_claim(); };
  expect_rows({
      {.when = "a new session says INIT first",
       .given = conflict(),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !VolumeReady/VolumeConflict "
                     "!AgentReady/Starting",
       .then = {"ERROR VolumeConflict"}},
      {.when = "then the conflict",
       .given = conflict().carry_out(conflict().plan()),
       .check = "starting",
       .actions = {"ERROR VolumeConflict"},
       .conditions = kConflict,
       .events = {"Warning VolumeConflict"}},
      {.when = "afterwards nothing is tried",
       .given = conflict().settle().later(seconds(100'000)),
       .check = "failed"},
      {.when = "until it is gone",
       .given = conflict().settle().no_claim(),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !VolumeReady/VolumePending "
                     "!AgentReady/Starting",
       .then = {"create claim"},
       .events = {"Normal Retrying"}},
      {.when = "or until it is this session's own",
       .given = conflict().settle().no_claim().claim(ClaimPhase::Bound),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting VolumeReady/VolumeBound "
                     "!AgentReady/Starting",
       .then = {"create pod"},
       .events = {"Normal Retrying"}},
      {.when = "the API server said so before the cache: a fall into ERROR is an Event still",
       .given = Observation()
                    .storage()
                    .refused(Step::CreateClaim, ErrorCode::AlreadyExists, "exists")
                    .settle()
                    .foreign_claim(),
       .check = "starting",
       .actions = {"ERROR VolumeConflict"},
       .conditions = kConflict,
       .events = {"Warning VolumeConflict"}},
      {.when = "without storage it is nobody's business",
       .given = Observation().foreign_claim(),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
       .then = {"create pod"}},
  });
  EXPECT_EQ(conflict().settle().status().attempts, 0);
}

TEST(Claim, OneThatIsBeingDeletedIsNeverMounted) {
  expect_rows({{.when = "starting",
                .given = Observation().storage().starting().claim_going(),
                .check = "starting",
                .actions = {"INIT VolumeTerminating"},
                .conditions = "!Ready/VolumeTerminating Reconciling/VolumeTerminating "
                              "!VolumeReady/VolumeTerminating !AgentReady/VolumeTerminating",
                .recheck = seconds(296),
                .events = {"Warning VolumeTerminating"}},
               {.when = "without storage it is nobody's business",
                .given = Observation().starting().claim_going(),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = "!Ready/Starting Reconciling/Starting "
                              "!VolumeReady/VolumeTerminating !AgentReady/Starting",
                .then = {"create pod"},
                .recheck = seconds(296)},
               {.when = "under READY it is only told",
                .given = Observation().storage().ready().claim_going(),
                .check = "awake",
                .actions = {"READY Ready"},
                .conditions = "Ready/Ready !VolumeReady/VolumeTerminating AgentReady/Ready"}});
}

TEST(ClaimOwner, FollowsWhenDeleted) {
  const auto retained = [] {
    return Observation().retention(RetentionPolicy::Retain, RetentionPolicy::Retain).asleep();
  };
  const auto owned = [] {
    return Observation().retention(RetentionPolicy::Retain, RetentionPolicy::Delete).asleep();
  };
  expect_rows({
      {.when = "Retain, no owner", .given = retained(), .check = "suspension_asked"},
      {.when = "Delete, owned from its creation", .given = owned(), .check = "suspension_asked"},
      {.when = "Retain to Delete",
       .given = retained().retention(RetentionPolicy::Retain, RetentionPolicy::Delete),
       .check = "claim_upkeep",
       .actions = {"own claim"}},
      {.when = "Delete to Retain",
       .given = owned().retention(RetentionPolicy::Retain, RetentionPolicy::Retain),
       .check = "claim_upkeep",
       .actions = {"disown claim"}},
      {.when = "Delete to a word of a newer version, which is Retain",
       .given = owned().retention(RetentionPolicy::Retain, RetentionPolicy::Unknown),
       .check = "claim_upkeep",
       .actions = {"disown claim"}},
      {.when = "one that is being deleted is left alone",
       .given = retained().claim_going().settle().retention(RetentionPolicy::Retain,
                                                            RetentionPolicy::Delete),
       .check = "suspension_asked"},
      {.when = "a foreign claim is left alone",
       .given = retained()
                    .retention(RetentionPolicy::Retain, RetentionPolicy::Delete)
                    .foreign_claim()
                    .settle(),
       .check = "suspension_asked"},
  });
}

TEST(ClaimOwner, IsSetBesidesTheOthersOnTheRevisionThatWasSeen) {
  auto life = Observation().retention(RetentionPolicy::Retain, RetentionPolicy::Retain).asleep();
  life.retention(RetentionPolicy::Retain, RetentionPolicy::Delete);
  const auto plan = life.plan();
  ASSERT_EQ(plan.actions.size(), 1U);
  const auto& action = std::get<UpdateClaim>(plan.actions[0]);
  EXPECT_EQ(action.name, kChild);
  EXPECT_EQ(action.resource_version, "3");
  EXPECT_EQ(action.changes.owner_references,
            (std::vector<api::OwnerReference>{
                {"sojourn.dev/v1alpha1", "Session", "chat", "session-uid", false}}));
  EXPECT_EQ(life.settle().status().volume->on_delete, "Delete");
}

TEST(ClaimOwner, IsLeftAsItIsWhileNobodySays) {
  auto life = Observation().retention(RetentionPolicy::Retain, RetentionPolicy::Delete).asleep();
  life.template_is(TemplateState::Missing).change([](api::Session& session) {
    session.spec.storage->retention.when_deleted.reset();
  });
  EXPECT_EQ(actions_of(life.plan()), std::vector<std::string>{});
}

Observation asks_for(Observation given, std::string size) {
  static std::string wanted;
  wanted = std::move(size);
  return given.change([](api::Session& session) { session.spec.storage->size = wanted; });
}

TEST(ClaimGrowth, IsAskedForWhereTheSessionWantsMoreThanItsBoundClaim) {
  const auto grows = [](Observation given) { return asks_for(std::move(given), "2Gi"); };
  expect_rows({
      {.when = "as large as asked", .given = Observation().storage().ready(), .check = "awake"},
      {.when = "the same in other words",
       .given = asks_for(Observation().storage().ready(), "1024Mi"),
       .check = "awake"},
      {.when = "smaller",
       .given = asks_for(Observation().storage().ready(), "1"),
       .check = "awake"},
      {.when = "no quantity",
       .given = asks_for(Observation().storage().ready(), "x"),
       .check = "awake"},
      {.when = "larger, awake",
       .given = grows(Observation().storage().ready()),
       .check = "claim_growth",
       .actions = {"grow claim to 2Gi"}},
      {.when = "larger, asleep",
       .given = grows(Observation().storage().asleep()),
       .check = "claim_growth",
       .actions = {"grow claim to 2Gi"}},
      {.when = "not bound yet",
       .given = grows(Observation().storage().asleep().claim(api::ClaimPhase::Pending)),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = "Ready/Stopped Suspended/Stopped !VolumeReady/VolumePending "
                     "!AgentReady/NoAgent"},
      {.when = "going",
       .given = grows(Observation().storage().asleep().claim_going().settle()),
       .check = "suspension_asked"},
      {.when = "somebody else's",
       .given = grows(Observation().storage().asleep().foreign_claim().settle()),
       .check = "suspension_asked"},
  });
}

TEST(ClaimGrowth, ARefusalIsToldAndTheSameSizeAskedForLater) {
  const auto refused = [](std::string size) {
    return asks_for(Observation().storage().asleep(), "2Gi")
        .growth_refused(std::move(size), "the class does not grow");
  };
  expect_rows({
      {.when = "told once",
       .given = refused("2Gi"),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = "Ready/Stopped Suspended/Stopped VolumeReady/VolumeBound "
                     "!AgentReady/NoAgent Degraded/ResizeRefused",
       .recheck = seconds(60),
       .events = {"Warning ResizeRefused"}},
      {.when = "then quiet",
       .given = refused("2Gi").settle(),
       .check = "suspension_asked",
       .recheck = seconds(60)},
      {.when = "when the time has come",
       .given = refused("2Gi").settle().later(seconds(60)),
       .check = "claim_growth",
       .actions = {"grow claim to 2Gi"}},
      {.when = "the Session is going meanwhile: nothing is looked at again",
       .given = refused("2Gi").settle().later(seconds(60)).deleted(),
       .check = "being_deleted"},
      {.when = "another size",
       .given = refused("3Gi"),
       .check = "claim_growth",
       .actions = {"grow claim to 2Gi"}},
      {.when = "taken back",
       .given = asks_for(refused("2Gi").settle(), "1Gi"),
       .check = "suspension_asked",
       .actions = {"IDLE Stopped"},
       .conditions = "Ready/Stopped Suspended/Stopped VolumeReady/VolumeBound !AgentReady/NoAgent"},
  });
  EXPECT_EQ(api::find_condition(refused("2Gi").settle().status().conditions, "Degraded")->message,
            "claim chat-0123456789 cannot grow to 2Gi; set spec.storage.size back to 1Gi, or ask "
            "whoever runs the cluster: the class does not grow");
}

}  // namespace
}  // namespace sojourn::domain::test
