// The operator's own objects without the label by which its caches follow them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr auto* kLabel = "app.kubernetes.io/managed-by";

class OutOfSight : public testing::Test {
 protected:
  OutOfSight() {
    stage.apply_template();
    stage.apply_session(Stage::storage());
    stage.settle();
    stage.writes();
  }
  void set_label(const char* plural, const json& value) {
    const auto answer = stage.user.patch(plural, "team", stage.child(),
                                         {{"metadata", {{"labels", {{kLabel, value}}}}}});
    ASSERT_LT(answer.status, 300) << answer.message();
  }
  int attempts() const { return stage.session()["status"].value("attempts", 0); }

  Stage stage;
};

TEST_F(OutOfSight, AClaimGetsItsLabelBackAndNothingElseHappens) {
  for (const auto& value : {json(nullptr), json("somebody")}) {
    set_label("persistentvolumeclaims", value);
    stage.settle();
    EXPECT_EQ(stage.claim()["metadata"]["labels"][kLabel], "sojourn");
    EXPECT_EQ(stage.state(), "READY");
    EXPECT_THAT(stage.writes(), testing::ElementsAre("patch persistentvolumeclaims team/CHILD"));
  }
}

TEST_F(OutOfSight, AClaimThatLosesItsLabelWhileAsleepIsTakenForTheNextStart) {
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  const auto uid = stage.claim()["metadata"]["uid"];
  stage.server.edit("persistentvolumeclaims", "team", stage.child(),
                    [](json& claim) { claim["metadata"]["labels"].erase(kLabel); });
  stage.restart_operator();
  stage.patch_session({{"desiredState", "Running"}});
  stage.pass(seconds(5));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.claim()["metadata"]["uid"], uid);
  EXPECT_EQ(stage.claim()["metadata"]["labels"][kLabel], "sojourn");
}

TEST_F(OutOfSight, APodIsLeftAsItIsAndAPersonIsTold) {
  const auto uid = stage.pod()["metadata"]["uid"];
  set_label("pods", nullptr);
  stage.settle();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "PodConflict");
  EXPECT_THAT(stage.session()["status"]["message"].get<std::string>(),
              HasSubstr("has lost its label app.kubernetes.io/managed-by=sojourn; put it back"));
  EXPECT_THAT(stage.events(), Contains("PodConflict"));
  stage.pass(minutes(4));
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.condition_reason("Stalled"), "PodConflict");
  EXPECT_EQ(stage.pod()["metadata"]["uid"], uid);
  int tries = 0;
  for (const auto& write : stage.writes()) {
    EXPECT_THAT(write, Not(HasSubstr("delete")));
    tries += write.starts_with("create pods") ? 1 : 0;
  }
  EXPECT_LE(tries, 16) << "no hot loop";

  set_label("pods", "sojourn");
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.pod()["metadata"]["uid"], uid);
  EXPECT_EQ(attempts(), 0);
}

TEST_F(OutOfSight, APodThatIsDeletedThereMakesRoomForAnother) {
  const auto uid = stage.pod()["metadata"]["uid"];
  set_label("pods", nullptr);
  stage.pass(seconds(30));
  stage.server.erase("pods", "team", stage.child());
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_NE(stage.pod()["metadata"]["uid"], uid);
}

}  // namespace
}  // namespace sojourn::scenario
