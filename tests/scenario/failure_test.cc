// Pods that are lost, fail, restart or do not become Ready, and what the retries make of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;

class Failure : public testing::Test {
 protected:
  Failure() {
    stage.apply_template();
    stage.apply_session(Stage::storage());
    stage.settle();
    stage.writes();
  }
  int attempts() const { return stage.session()["status"].value("attempts", 0); }

  Stage stage;
};

TEST_F(Failure, S11_APodThatIsDeletedByHandIsAnErrorAndComesBackOnTheSameClaim) {
  const auto claim = stage.claim()["metadata"]["uid"];
  stage.cluster.delete_pod("team", stage.child());
  stage.reconcile();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "PodLost");
  EXPECT_EQ(attempts(), 1);
  EXPECT_TRUE(stage.session()["status"].contains("nextAttemptTime"));
  stage.pass(seconds(12));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.claim()["metadata"]["uid"], claim);
  EXPECT_THAT(stage.events(), Contains("PodLost"));
}

TEST_F(Failure, APodThatVanishesIsConfirmedByALiveReadBeforeItIsCalledLost) {
  stage.server.erase("pods", "team", stage.child());
  stage.server.forget_records();
  stage.reconcile();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "PodLost");
  bool asked = false;
  for (const auto& record : stage.server.records())
    asked |= record.text().starts_with("get pods team/chat-");
  EXPECT_TRUE(asked);
}

TEST_F(Failure, S10_TheReasonNamesWhatEndedThePod) {
  struct Row {
    std::string_view end;
    std::string_view reason;
  };
  for (const auto& [end, reason] :
       {Row{"Evicted", "Evicted"}, Row{"OOMKilled", "OOMKilled"}, Row{"", "PodFailed"}}) {
    Stage own;
    own.apply_template();
    own.apply_session();
    own.settle();
    own.cluster.fail_pod("team", own.child(), end);
    own.reconcile();
    EXPECT_EQ(own.state(), "ERROR");
    EXPECT_EQ(own.reason(), reason);
  }
}

TEST_F(Failure, AContainerThatRestartsInPlaceIsAnErrorUntilItIsReadyAgainWithoutANewPod) {
  const auto uid = stage.pod()["metadata"]["uid"];
  stage.cluster.restart_container("team", stage.child());
  stage.reconcile();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "AgentRestarted");
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.pod()["metadata"]["uid"], uid);
  EXPECT_EQ(attempts(), 1);
}

TEST_F(Failure, S35_RestartsPastTheLimitEndThePodAndStall) {
  for (int i = 0; i < 4; ++i) {
    stage.cluster.restart_container("team", stage.child());
    stage.settle();
  }
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.condition_reason("Stalled"), "RetriesExhausted");
  EXPECT_TRUE(stage.pod().is_null());
}

TEST_F(Failure, APodThatIsNotReadyKeepsItsSessionAwakeUntilTheStartTimeout) {
  stage.cluster.make_unready("team", stage.child());
  stage.reconcile();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition_reason("AgentReady"), "PodNotReady");
  for (int i = 0; i < 302; ++i) {
    stage.clock.advance(seconds(1));
    stage.reconcile();
  }
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "AgentUnready");
}

TEST_F(Failure, RetriesGrowAndEndInStalledAndAPersonsStopAndRunBeginsAnew) {
  std::vector<int> waits;
  for (int i = 0; i < 4; ++i) {
    stage.cluster.fail_pod("team", stage.child());
    stage.reconcile();
    ASSERT_EQ(stage.state(), "ERROR");
    int waited = 0;
    while (stage.state() == "ERROR" && waited < 100) {
      stage.pass(seconds(1));
      ++waited;
    }
    waits.push_back(waited);
  }
  EXPECT_NEAR(waits[0], 10, 1);
  EXPECT_NEAR(waits[1], 20, 1);
  EXPECT_NEAR(waits[2], 40, 1);
  EXPECT_EQ(waits[3], 100);
  EXPECT_EQ(stage.condition_reason("Stalled"), "RetriesExhausted");
  EXPECT_FALSE(stage.pod().is_null()) << "the failed pod is kept for its logs";

  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "ERROR");
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(attempts(), 0);
}

TEST_F(Failure, AStretchOfHealthGivesTheAttemptsBack) {
  stage.cluster.fail_pod("team", stage.child());
  stage.pass(seconds(12));
  EXPECT_EQ(attempts(), 1);
  stage.pass(minutes(11));
  stage.cluster.fail_pod("team", stage.child());
  stage.reconcile();
  EXPECT_EQ(attempts(), 1);
}

TEST_F(Failure, TheOldPodStaysReadableUntilTheBackoffIsOver) {
  stage.cluster.fail_pod("team", stage.child());
  stage.pass(seconds(5));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.pod()["status"]["phase"], "Failed");
}

TEST_F(Failure, AWakeThatFailsIsAnError) {
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.cluster.refuse_pods("0/1 nodes are available");
  stage.patch_session({{"desiredState", "Running"}, {"startTimeoutSeconds", 20}});
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "WakeTimeout");
  EXPECT_EQ(stage.condition_reason("Stalled"), "Unschedulable");
  stage.cluster.refuse_pods("");
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

}  // namespace
}  // namespace sojourn::scenario
