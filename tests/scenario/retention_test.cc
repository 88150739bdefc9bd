// What becomes of the volume: retained, deleted, lost, somebody else's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sojourn/controllers/names.h"
#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

json storage_with(const char* when, const char* policy) {
  return {{"storage", {{"retention", {{when, policy}}}}}};
}

class Retention : public testing::Test {
 protected:
  void start(const json& spec) {
    stage.apply_template();
    stage.apply_session(spec);
    stage.settle();
    ASSERT_EQ(stage.state(), "READY");
    child = stage.child();
  }
  bool has_claim() const {
    return stage.server.get("persistentvolumeclaims", "team", child).has_value();
  }
  bool has_pod() const { return stage.server.get("pods", "team", child).has_value(); }

  Stage stage;
  std::string child;
};

TEST_F(Retention, ARetainedClaimHasNoOwnerAndOutlivesItsSession) {
  start(Stage::storage());
  EXPECT_FALSE(stage.claim()["metadata"].contains("ownerReferences"));
  EXPECT_EQ(stage.session()["status"]["volume"]["onDelete"], "Retain");
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  EXPECT_FALSE(has_pod());
  EXPECT_TRUE(has_claim());
}

TEST_F(Retention, APodThatIsSeenToGoBeforeItsDeletedSessionCostsNoWriteButTheMarkOnTheClaim) {
  start(Stage::storage());
  stage.server.hold_watches("sessions");
  stage.user.remove("sessions", "team", "chat");
  stage.writes();
  stage.settle();
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_THAT(stage.events(), IsEmpty());
  stage.server.release_watches("sessions");
  stage.settle();
  EXPECT_THAT(stage.writes(), ElementsAre("patch persistentvolumeclaims team/CHILD"));
}

TEST_F(Retention, WithDeleteTheClaimGoesWithItsSession) {
  start(storage_with("whenDeleted", "Delete"));
  EXPECT_EQ(stage.session()["status"]["volume"]["onDelete"], "Delete");
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  EXPECT_FALSE(has_pod());
  EXPECT_FALSE(has_claim());
}

TEST_F(Retention, AChangeOfMindMovesTheOwnerReference) {
  start(storage_with("whenDeleted", "Delete"));
  stage.patch_session({{"storage", {{"retention", {{"whenDeleted", "Retain"}}}}}});
  stage.settle();
  EXPECT_EQ(stage.session()["status"]["volume"]["onDelete"], "Retain");
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  EXPECT_TRUE(has_claim());
}

TEST_F(Retention, S3_ASessionDeletedWhileTheOperatorIsDownLeavesNothingBehindButItsClaim) {
  start(Stage::storage());
  stage.user.remove("sessions", "team", "chat");
  stage.restart_operator();
  stage.settle();
  EXPECT_FALSE(has_pod());
  EXPECT_TRUE(has_claim());
}

TEST_F(Retention, ExpiryTakesThePodKeepsTheObjectAndTheRetainedClaim) {
  auto spec = Stage::storage();
  spec["ttl"] = {{"maxLifetimeSeconds", 60}};
  start(spec);
  stage.pass(seconds(58));
  EXPECT_EQ(stage.state(), "READY") << "never early";
  stage.pass(seconds(3));
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(stage.session()["status"]["outcome"], "Expired");
  EXPECT_EQ(stage.condition("Expired"), "True");
  EXPECT_EQ(stage.condition("Ready"), "True");
  EXPECT_FALSE(has_pod());
  EXPECT_TRUE(has_claim());
  EXPECT_THAT(stage.events(), Contains("Expired"));
  stage.writes();
  stage.pass(minutes(10));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(Retention, ExpiryWithDeleteTakesTheClaimOnceThePodIsGone) {
  auto spec = storage_with("whenExpired", "Delete");
  spec["ttl"] = {{"maxLifetimeSeconds", 60}};
  start(spec);
  stage.writes();
  stage.pass(seconds(65));
  EXPECT_FALSE(has_pod());
  EXPECT_FALSE(has_claim());
  EXPECT_EQ(stage.condition_reason("VolumeReady"), "VolumeDeleted");
  const auto writes = stage.writes();
  const auto pod = std::find(writes.begin(), writes.end(), "delete pods team/CHILD");
  const auto claim =
      std::find(writes.begin(), writes.end(), "delete persistentvolumeclaims team/CHILD");
  ASSERT_NE(pod, writes.end());
  EXPECT_LT(pod - writes.begin(), claim - writes.begin());
}

TEST_F(Retention, AnExtensionInTimeIsKept) {
  auto spec = Stage::storage();
  spec["ttl"] = {{"maxLifetimeSeconds", 60}};
  start(spec);
  stage.pass(seconds(50));
  stage.patch_session({{"ttl", {{"maxLifetimeSeconds", 600}}}});
  stage.pass(seconds(60));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Retention, ARecordedClaimThatIsGoneIsNeverReplacedByAnEmptyOne) {
  start(Stage::storage());
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.server.erase("persistentvolumeclaims", "team", child);
  stage.writes();
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "VolumeLost");
  EXPECT_EQ(stage.condition_reason("Stalled"), "VolumeLost");
  stage.pass(minutes(10));
  EXPECT_FALSE(has_claim());
  for (const auto& write : stage.writes()) EXPECT_THAT(write, Not(HasSubstr("create")));
}

TEST_F(Retention, S14_AClaimThatIsBeingDeletedIsToldAndNotMountedAgain) {
  start(Stage::storage());
  stage.user.remove("persistentvolumeclaims", "team", child);
  stage.reconcile();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition_reason("VolumeReady"), "VolumeTerminating");
  stage.cluster.fail_pod("team", child);
  stage.pass(minutes(2));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "VolumeLost");
}

TEST_F(Retention, S16_AForeignClaimOfTheNameIsNeverTouchedAndTheSessionStartsWhenItIsGone) {
  stage.apply_template();
  stage.apply_session(Stage::storage());
  api::Session session;
  session.meta.name = "chat";
  session.meta.uid = stage.session()["metadata"]["uid"];
  child = controllers::child_name(session);
  stage.user.create({{"apiVersion", "v1"},
                     {"kind", "PersistentVolumeClaim"},
                     {"metadata", {{"namespace", "team"}, {"name", child}}},
                     {"spec",
                      {{"accessModes", {"ReadWriteOnce"}},
                       {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}});
  stage.pass(seconds(5));
  EXPECT_EQ(stage.reason(), "VolumeConflict");
  EXPECT_EQ(stage.condition_reason("Stalled"), "VolumeConflict");
  for (const auto& write : stage.writes()) EXPECT_THAT(write, Not(HasSubstr("delete")));
  stage.server.erase("persistentvolumeclaims", "team", child);
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Retention, OfATemplatesVolumeCanBeSaidAtAnyTime) {
  stage.apply_template();
  const auto asks = stage.user.patch("sessiontemplates", "team", "claude",
                                     {{"spec", {{"storage", {{"size", "2Gi"}}}}}});
  ASSERT_LT(asks.status, 300) << asks.message();
  stage.apply_session();
  stage.settle();
  ASSERT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.session()["status"]["volume"]["onDelete"], "Retain");
  stage.patch_session(storage_with("whenDeleted", "Delete"));
  stage.settle();
  EXPECT_EQ(stage.session()["status"]["volume"]["onDelete"], "Delete");
  const auto grown =
      stage.user.patch("sessions", "team", "chat", {{"spec", {{"storage", {{"size", "3Gi"}}}}}});
  EXPECT_EQ(grown.status, 422);
}

TEST_F(Retention, AVolumeThatIsLostUnderAReadySessionIsAnErrorUntilItIsBack) {
  start(Stage::storage());
  const auto phase = [&](const char* word) {
    stage.server.edit("persistentvolumeclaims", "team", child,
                      [&](json& claim) { claim["status"]["phase"] = word; });
    stage.settle();
  };
  phase("Lost");
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "VolumeLost");
  EXPECT_EQ(stage.condition_reason("Stalled"), "VolumeLost");
  EXPECT_FALSE(has_pod());
  phase("Bound");
  EXPECT_EQ(stage.state(), "READY");
}

}  // namespace
}  // namespace sojourn::scenario
