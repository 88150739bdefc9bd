// What is counted of whole lives, after the writes that tell them.
#include <gtest/gtest.h>

#include <string>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string state(const std::string& name) {
  return "sojourn_session_state_seconds{state=\"" + name + "\"}";
}
std::string stage_of(const std::string& name) {
  return "sojourn_session_start_stage_seconds{stage=\"" + name + "\"}";
}
std::string late(const std::string& field) {
  return "sojourn_deadline_lateness_seconds{deadline=\"" + field + "\"}";
}

class Metrics : public testing::Test {
 protected:
  void start(const nlohmann::json& spec = nlohmann::json::object()) {
    stage.apply_template();
    stage.apply_session(spec);
    stage.settle();
    ASSERT_EQ(stage.state(), "READY");
  }
  double early() const {
    double sum = 0;
    for (const auto* field :
         {"startTimeoutSeconds", "retryPolicy", "limits.activeDeadlineSeconds",
          "podRetentionSeconds", "ttl.afterIdleSeconds", "ttl.maxLifetimeSeconds",
          "ttl.deleteAfterFinishedSeconds", "storage.retention.retainFor"}) {
      sum += stage.metric("sojourn_deadlines_early_total{deadline=\"" + std::string(field) + "\"}");
    }
    return sum;
  }

  Stage stage;
};

TEST_F(Metrics, AStartHasItsStagesAndEachStateItsTime) {
  start(Stage::storage());
  stage.pass(seconds(40));
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.pass(seconds(7));
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  for (const auto* name : {"created", "scheduled", "started", "ready", "written"}) {
    EXPECT_EQ(stage.metric(stage_of(name)), 2) << name;
  }
  EXPECT_EQ(stage.metric(state("new")), 1);
  EXPECT_EQ(stage.metric(state("INIT")), 1);
  EXPECT_EQ(stage.metric(state("READY")), 1);
  EXPECT_EQ(stage.metric_sum(state("READY")), 40);
  EXPECT_EQ(stage.metric_sum(state("IDLE")), 7);
  EXPECT_EQ(stage.metric(state("ERROR")), 0);
}

TEST_F(Metrics, APodThatWaitsForItsNodeIsSeenInThatStageAlone) {
  stage.apply_template();
  stage.cluster.refuse_pods("no room");
  stage.apply_session();
  stage.settle();
  stage.pass(seconds(30));
  stage.cluster.refuse_pods("");
  stage.settle();
  ASSERT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.metric_sum(stage_of("scheduled")), 30);
  for (const auto* name : {"created", "started", "ready", "written"}) {
    EXPECT_EQ(stage.metric_sum(stage_of(name)), 0) << name;
  }
}

TEST_F(Metrics, AFailureIsTriedAgainInTimeAndCountedOnce) {
  start();
  stage.cluster.fail_pod("team", stage.child());
  stage.settle();
  stage.pass(seconds(20));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.metric(R"(sojourn_session_retries_total{reason="PodFailed"})"), 1);
  EXPECT_EQ(stage.metric(late("retryPolicy")), 1);
  EXPECT_LT(stage.metric_sum(late("retryPolicy")), 1.1);
  EXPECT_EQ(early(), 0);
}

TEST_F(Metrics, RestartsInPlaceAreCounted) {
  start();
  stage.cluster.restart_container("team", stage.child());
  stage.settle();
  stage.pass(seconds(5));
  stage.cluster.restart_container("team", stage.child());
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.metric("sojourn_session_restarts_total"), 2);
}

TEST_F(Metrics, EachClockIsKeptInTime) {
  start({{"limits", {{"activeDeadlineSeconds", 60}}},
         {"ttl", {{"afterIdleSeconds", 100}, {"deleteAfterFinishedSeconds", 300}}}});
  stage.pass(minutes(10));
  EXPECT_TRUE(stage.session().is_null());
  EXPECT_EQ(stage.metric(R"(sojourn_session_expirations_total{deadline="ttl.afterIdleSeconds"})"),
            1);
  EXPECT_EQ(stage.metric(R"(sojourn_session_expirations_total{deadline="ttl.maxLifetimeSeconds"})"),
            0);
  for (const auto* field :
       {"limits.activeDeadlineSeconds", "ttl.afterIdleSeconds", "ttl.deleteAfterFinishedSeconds"}) {
    EXPECT_EQ(stage.metric(late(field)), 1) << field;
    EXPECT_LT(stage.metric_sum(late(field)), 1.1) << field;
  }
  EXPECT_EQ(early(), 0);
}

TEST_F(Metrics, AClaimIsDeletedInTime) {
  start({{"storage", {{"retention", {{"retainFor", 60}}}}}});
  stage.user.remove("sessions", "team", "chat");
  stage.pass(minutes(2));
  EXPECT_TRUE(stage.server.list("persistentvolumeclaims").empty());
  EXPECT_EQ(stage.metric(late("storage.retention.retainFor")), 1);
  EXPECT_LT(stage.metric_sum(late("storage.retention.retainFor")), 2.1);
  EXPECT_EQ(early(), 0);
}

TEST_F(Metrics, ADeadlineThatTheOperatorMissedWasCarriedOutLate) {
  start({{"ttl", {{"maxLifetimeSeconds", 60}}}});
  stage.clock.advance(seconds(200));  // without a turn for the operator
  stage.restart_operator();
  stage.settle();
  EXPECT_EQ(stage.metric_sum(late("ttl.maxLifetimeSeconds")), 140);
}

// Nothing is ended by time while the clocks differ, and that is to be seen.
TEST_F(Metrics, ASessionThatOutlivesItsTimeIsOverdue) {
  start({{"ttl", {{"maxLifetimeSeconds", 60}}}});
  EXPECT_EQ(stage.metric(R"(sojourn_sessions_overdue{namespace="team"})"), 0);
  stage.clock.jump(minutes(120));
  stage.pass(seconds(30));
  EXPECT_EQ(stage.session()["status"].value("outcome", ""), "");
  EXPECT_EQ(stage.metric(R"(sojourn_sessions_overdue{namespace="team"})"), 1);
}

}  // namespace
}  // namespace sojourn::scenario
