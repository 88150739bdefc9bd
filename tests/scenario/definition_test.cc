// The CRDs are older than the operator, or are taken away and brought back while it runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::IsEmpty;

// The CRD of Sessions as it was before a field of the status came to it.
void serve_without(Stage& stage, const char* field) {
  stage.server.redefine("sessions", [field](json& schema) {
    auto& status = schema["properties"]["status"]["properties"];
    if (status.erase(field) == 0) throw std::runtime_error("status has no such field");
  });
}

void serve_whole(Stage& stage) {
  stage.server.redefine("sessions", [](json&) {});
}

TEST(Definition, S41_OlderThanTheOperatorSessionsRunDegradedAndAreSeldomWritten) {
  for (const char* field : {"startTime", "volume"}) {
    SCOPED_TRACE(field);
    Stage stage;
    serve_without(stage, field);
    stage.apply_template();
    stage.apply_session(Stage::storage());
    stage.settle();
    // No pod mounts a claim whose uid is not on record.
    EXPECT_EQ(stage.state(), field == std::string("volume") ? "INIT" : "READY");
    EXPECT_FALSE(stage.session()["status"].contains(field));
    EXPECT_EQ(stage.condition_reason("Degraded"), "StatusPruned");
    EXPECT_THAT(stage.events(), Contains("StatusPruned"));
    EXPECT_LE(stage.writes().size(), 7u)
        << "four of a start, and what was dropped once or twice more";
    stage.pass(seconds(25));
    EXPECT_THAT(stage.writes(), IsEmpty());
    stage.pass(minutes(30));
    EXPECT_LE(stage.writes().size(), 12u);
  }
}

TEST(Definition, OlderThanTheOperatorSessionsAreStoppedAndRunAllTheSame) {
  Stage stage;
  serve_without(stage, "startTime");
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
  EXPECT_TRUE(stage.pod().is_null());
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

TEST(Definition, BroughtUpToDateTheStatusBecomesWholeAndNothingIsDegraded) {
  Stage stage;
  serve_without(stage, "startTime");
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.pass(minutes(2));
  ASSERT_EQ(stage.condition("Degraded"), "True");
  serve_whole(stage);
  stage.pass(minutes(6));
  EXPECT_TRUE(stage.session()["status"].contains("startTime"));
  EXPECT_EQ(stage.condition("Degraded"), "");
  EXPECT_EQ(stage.state(), "READY");
}

class TakenAway : public testing::TestWithParam<bool> {};

TEST_P(TakenAway, S42_AndBroughtBackSessionsLiveAgain) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  const auto claim = stage.claim()["metadata"]["uid"];
  stage.server.remove_definition("sessions");
  if (GetParam()) stage.server.remove_definition("sessiontemplates");
  stage.server.forget_records();
  stage.pass(minutes(5));
  EXPECT_TRUE(stage.pod().is_null()) << "its owner is gone";
  EXPECT_FALSE(stage.claim().is_null()) << "retained";

  stage.server.bring_definition_back("sessions");
  stage.server.bring_definition_back("sessiontemplates");
  if (GetParam()) stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_NE(stage.session()["status"]["volume"]["claimUID"], claim) << "it is another Session";
  stage.writes();
  stage.pass(minutes(5));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Definition, TakenAway, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "Both" : "SessionsAlone");
});

}  // namespace
}  // namespace sojourn::scenario
