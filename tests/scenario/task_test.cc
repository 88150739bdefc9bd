// mode Task: the command's end is the session's outcome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

class Task : public testing::Test {
 protected:
  void start(const json& more = json::object()) {
    stage.apply_template();
    json spec = {{"mode", "Task"}};
    spec.update(more);
    stage.apply_session(spec);
  }
  std::string outcome() const { return stage.session()["status"].value("outcome", ""); }

  Stage stage;
};

TEST_F(Task, ThatEndsWithZeroIsCompletedAndAsleepAndKeepsItsPodForTheLogs) {
  start();
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.pod()["spec"]["restartPolicy"], "Never");
  stage.cluster.succeed_pod("team", stage.child());
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(outcome(), "Completed");
  EXPECT_EQ(stage.condition("Finished"), "True");
  EXPECT_EQ(stage.condition("Ready"), "True");
  stage.pass(minutes(10));
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(stage.pod()["status"]["phase"], "Succeeded");
}

TEST_F(Task, ThatEndsBeforeAnybodyLooksGoesOverReadyInTwoWrites) {
  start();
  stage.reconcile();
  stage.cluster.schedule();
  stage.cluster.succeed_pod("team", stage.child());
  stage.writes();
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(outcome(), "Completed");
  EXPECT_THAT(stage.writes(),
              ElementsAre("patch sessions/status team/chat", "patch sessions/status team/chat"));
}

TEST_F(Task, ThatFailsIsTriedAgainAndThenFailed) {
  start({{"retryPolicy", {{"limit", 1}, {"initialSeconds", 1}, {"maxSeconds", 2}}}});
  stage.settle();
  stage.cluster.fail_pod("team", stage.child());
  stage.reconcile();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(outcome(), "");
  stage.pass(seconds(5));
  EXPECT_EQ(stage.state(), "READY");
  stage.cluster.fail_pod("team", stage.child());
  stage.settle();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(outcome(), "Failed");
  EXPECT_EQ(stage.condition("Ready"), "False");
  EXPECT_EQ(stage.condition("Stalled"), "True");
  EXPECT_EQ(stage.condition("Finished"), "True");
  stage.pass(minutes(20));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.pod()["status"]["phase"], "Failed");
}

TEST_F(Task, ThatIsStoppedIsNotCompletedByTheEndOfItsPod) {
  start();
  stage.settle();
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_EQ(outcome(), "");
}

}  // namespace
}  // namespace sojourn::scenario
