// Endings that are asked for or due: cancelled, too long awake, too long asleep; and running again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class Ending : public testing::Test {
 protected:
  void start(const json& spec = json::object()) {
    stage.apply_template();
    stage.apply_session(spec);
    stage.settle();
    ASSERT_EQ(stage.state(), "READY");
    stage.writes();
    stage.events();
  }
  std::string outcome() const { return stage.session()["status"].value("outcome", ""); }

  Stage stage;
};

TEST_F(Ending, CancelledIsWrittenFirstThenThePodGoesAndTheClaimStays) {
  start(Stage::storage());
  stage.patch_session({{"desiredState", "Cancelled"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(outcome(), "Cancelled");
  EXPECT_EQ(stage.condition("Ready"), "True");
  EXPECT_TRUE(stage.pod().is_null());
  EXPECT_FALSE(stage.claim().is_null());
  EXPECT_THAT(stage.writes(),
              ElementsAre("patch sessions/status team/chat", "delete pods team/CHILD",
                          "patch persistentvolumeclaims team/CHILD"));
  stage.pass(minutes(10));
  EXPECT_TRUE(stage.pod().is_null());
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(Ending, AwakeTooLongIsATimeoutAndAnotherTokenRunsItAgain) {
  start({{"limits", {{"activeDeadlineSeconds", 60}}}});
  stage.pass(seconds(59));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.pass(seconds(4));
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(outcome(), "Timeout");
  EXPECT_TRUE(stage.pod().is_null());
  EXPECT_THAT(stage.events(), ElementsAre("Timeout"));
  stage.patch_session({{"runToken", "again"}, {"limits", {{"activeDeadlineSeconds", 600}}}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(outcome(), "");
  EXPECT_EQ(stage.session()["status"].value("activeSeconds", 0), 0);
  EXPECT_EQ(stage.session()["status"]["lastHandledRunToken"], "again");
}

TEST_F(Ending, ARestartOfTheOperatorGivesNoTimeBack) {
  start({{"limits", {{"activeDeadlineSeconds", 60}}}});
  stage.pass(seconds(50));
  stage.restart_operator();
  stage.pass(seconds(13));
  EXPECT_EQ(outcome(), "Timeout");
}

TEST_F(Ending, AsleepTooLongExpiresUnlessItIsWokenInTime) {
  start({{"ttl", {{"afterIdleSeconds", 60}}}});
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.pass(seconds(50));
  stage.patch_session({{"desiredState", "Running"}});
  stage.pass(seconds(100));
  EXPECT_EQ(stage.state(), "READY");
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.pass(seconds(58));
  EXPECT_EQ(outcome(), "");
  stage.pass(seconds(3));
  EXPECT_EQ(outcome(), "Expired");
  EXPECT_EQ(stage.condition("Expired"), "True");
  EXPECT_THAT(stage.events(), ElementsAre("Expired"));
}

TEST_F(Ending, S21_AClockThatJumpsEndsNothingUntilItIsSetRight) {
  start({{"ttl", {{"maxLifetimeSeconds", 3600}}}, {"limits", {{"activeDeadlineSeconds", 3600}}}});
  stage.clock.jump(minutes(120));
  stage.pass(minutes(2));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(outcome(), "");
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.clock.jump(-minutes(120));
  stage.pass(minutes(60));
  EXPECT_EQ(outcome(), "Expired");
}

TEST_F(Ending, S22_AnExtensionThatTheCacheHasNotSeenWins) {
  start({{"ttl", {{"maxLifetimeSeconds", 60}}}});
  stage.pass(seconds(50));
  stage.server.hold_watches("sessions");
  stage.patch_session({{"ttl", {{"maxLifetimeSeconds", 600}}}});
  stage.writes();
  stage.pass(seconds(30));
  EXPECT_EQ(outcome(), "");
  stage.server.release_watches("sessions");
  stage.pass(seconds(500));
  EXPECT_EQ(outcome(), "");
  stage.pass(seconds(30));
  EXPECT_EQ(outcome(), "Expired");
}

// Of many that end in one moment the first ends as soon as it has been asked about.
TEST_F(Ending, EachOfManyIsAskedAboutAndTellsItsEndBeforeTheNext) {
  start({{"ttl", {{"maxLifetimeSeconds", 60}}}});
  const auto spec = stage.session()["spec"];
  for (const char* name : {"second", "third"}) {
    const auto made = stage.user.create({{"apiVersion", "sojourn.dev/v1alpha1"},
                                         {"kind", "Session"},
                                         {"metadata", {{"namespace", "team"}, {"name", name}}},
                                         {"spec", spec}});
    ASSERT_LT(made.status, 300) << made.message();
  }
  stage.settle();
  stage.server.forget_records();
  stage.clock.advance(seconds(60));
  stage.reconcile();
  std::vector<std::string> asked;
  for (const auto& record : stage.server.records()) {
    const auto text = record.text();
    if (!text.starts_with("get sessions ")) {
      if (asked.empty() || !text.starts_with("patch sessions/status ")) continue;
      EXPECT_EQ(text.substr(text.rfind(' ')), asked.back()) << "before another is asked about";
      continue;
    }
    asked.push_back(text.substr(text.rfind(' ')));
  }
  EXPECT_EQ(asked.size(), 3U);
}

TEST_F(Ending, AFinishedTaskRunsAgainInANewPod) {
  start({{"mode", "Task"}});
  stage.cluster.succeed_pod("team", stage.child());
  stage.settle();
  ASSERT_EQ(outcome(), "Completed");
  const auto first = stage.pod()["metadata"]["uid"];
  stage.patch_session({{"runToken", "2"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(outcome(), "");
  EXPECT_NE(stage.pod()["metadata"]["uid"], first);
  stage.cluster.succeed_pod("team", stage.child());
  stage.settle();
  EXPECT_EQ(outcome(), "Completed");
}

TEST_F(Ending, AFinishedSessionIsDeletedWhenItsTimeIsOverAndItsClaimIsKept) {
  auto spec = Stage::storage();
  spec["mode"] = "Task";
  spec["ttl"] = {{"deleteAfterFinishedSeconds", 60}};
  start(spec);
  stage.cluster.succeed_pod("team", stage.child());
  stage.settle();
  stage.pass(seconds(59));
  ASSERT_EQ(outcome(), "Completed");
  stage.writes();
  stage.pass(seconds(3));
  EXPECT_TRUE(stage.session().is_null());
  EXPECT_TRUE(stage.pod().is_null());
  EXPECT_FALSE(stage.claim().is_null());
  EXPECT_THAT(stage.writes(),
              ElementsAre("delete sessions team/chat", "patch persistentvolumeclaims team/CHILD"));
  stage.pass(minutes(10));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(Ending, AnotherRunAskedForBeforeItIsDeletedWins) {
  start({{"mode", "Task"}, {"ttl", {{"deleteAfterFinishedSeconds", 60}}}});
  stage.cluster.succeed_pod("team", stage.child());
  stage.settle();
  stage.pass(seconds(50));
  stage.server.hold_watches("sessions");
  stage.patch_session({{"runToken", "2"}});
  stage.pass(seconds(20));
  stage.server.release_watches("sessions");
  stage.pass(minutes(5));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(outcome(), "");
}

TEST_F(Ending, AClockThatJumpsDeletesNothingUntilItIsSetRight) {
  start({{"ttl", {{"deleteAfterFinishedSeconds", 180}}}});
  stage.patch_session({{"desiredState", "Cancelled"}});
  stage.settle();
  stage.clock.jump(minutes(120));
  stage.pass(minutes(2));
  EXPECT_FALSE(stage.session().is_null());
  stage.clock.jump(-minutes(120));
  stage.pass(seconds(70));
  EXPECT_TRUE(stage.session().is_null());
}

TEST_F(Ending, TheFinishedPodGoesWhenItsTimeIsOver) {
  start({{"mode", "Task"}, {"podRetentionSeconds", 60}});
  stage.cluster.succeed_pod("team", stage.child());
  stage.settle();
  stage.pass(seconds(55));
  EXPECT_FALSE(stage.pod().is_null());
  stage.writes();
  stage.pass(seconds(10));
  EXPECT_TRUE(stage.pod().is_null());
  EXPECT_EQ(outcome(), "Completed");
  EXPECT_THAT(stage.writes(), ElementsAre("delete pods team/CHILD"));
}

}  // namespace
}  // namespace sojourn::scenario
