// Healthy lives: start, stop, wake, pause, with every write listed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto* kClaim = "create persistentvolumeclaims team/CHILD";
constexpr auto* kPod = "create pods team/CHILD";
constexpr auto* kNoPod = "delete pods team/CHILD";
constexpr auto* kStatus = "patch sessions/status team/chat";

TEST(Life, AColdStartIsExactlyClaimStatusPodStatus) {
  Stage stage;
  stage.apply_template();
  stage.settle();
  stage.apply_session(Stage::storage());
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_THAT(stage.writes(), ElementsAre(kClaim, kStatus, kPod, kStatus));
  EXPECT_EQ(stage.condition("Ready"), "True");
  EXPECT_EQ(stage.condition("Reconciling"), "");
  EXPECT_EQ(stage.session()["status"]["pod"]["uid"], stage.pod()["metadata"]["uid"]);
  EXPECT_EQ(stage.session()["status"]["volume"]["claimUID"], stage.claim()["metadata"]["uid"]);
}

TEST(Life, WithoutStorageAColdStartIsThreeWrites) {
  Stage stage;
  stage.apply_template();
  stage.apply_session();
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_THAT(stage.writes(), ElementsAre(kStatus, kPod, kStatus));
}

TEST(Life, AHealthyLifeMakesNoEventAndNoWriteWhileNothingChanges) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  stage.writes();
  stage.pass(minutes(12));
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.pass(minutes(2));
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_THAT(stage.events(), IsEmpty());
}

TEST(Life, AStopWritesIdleBeforeThePodGoes) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  stage.writes();
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(stage.reason(), "Stopped");
  EXPECT_THAT(stage.writes(), ElementsAre(kStatus, kNoPod));
  EXPECT_TRUE(stage.pod().is_null());
  EXPECT_EQ(stage.condition("Suspended"), "True");
  EXPECT_EQ(stage.condition("Ready"), "True");
}

TEST(Life, AWakeCostsThreeWritesAndKeepsTheClaim) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  const auto claim = stage.claim()["metadata"]["uid"];
  stage.patch_session({{"desiredState", "Paused"}});
  stage.settle();
  EXPECT_EQ(stage.reason(), "Paused");
  stage.writes();
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_THAT(stage.writes(), ElementsAre(kStatus, kPod, kStatus));
  EXPECT_EQ(stage.claim()["metadata"]["uid"], claim);
}

TEST(Life, AWakeThatComesWhileTheOldPodGoesWaitsForItsEnd) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  const auto first = stage.pod()["metadata"]["uid"];
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.reconcile();
  stage.patch_session({{"desiredState", "Running"}});
  stage.reconcile();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(stage.pod()["metadata"]["uid"], first);
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_NE(stage.pod()["metadata"]["uid"], first);
}

TEST(Life, CreatedStoppedItWaitsInInitWithoutAPodOrAClaim) {
  Stage stage;
  stage.apply_template();
  auto spec = Stage::storage();
  spec["desiredState"] = "Stopped";
  stage.apply_session(spec);
  stage.settle();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.condition("Suspended"), "True");
  EXPECT_THAT(stage.writes(), ElementsAre(kStatus));
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

TEST(Life, AStopDuringAStartKeepsInitAndAStopWhileWakingKeepsIdle) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.reconcile();
  EXPECT_EQ(stage.state(), "INIT");
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_TRUE(stage.pod().is_null());

  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.patch_session({{"desiredState", "Running"}});
  stage.reconcile();
  EXPECT_EQ(stage.condition("Waking"), "True");
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(stage.condition("Waking"), "");
  EXPECT_TRUE(stage.pod().is_null());
}

TEST(Life, ObservedGenerationFollowsEveryEditOfTheSpec) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  EXPECT_EQ(stage.user.get("sessions", "team", "chat").body["status"]["observedGeneration"], -1);
  stage.settle();
  EXPECT_EQ(stage.session()["status"]["observedGeneration"], 1);
  stage.patch_session({{"startTimeoutSeconds", 90}});
  stage.settle();
  EXPECT_EQ(stage.session()["status"]["observedGeneration"], 2);
}

}  // namespace
}  // namespace sojourn::scenario
