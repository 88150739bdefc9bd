// A Session that asks for a larger volume than its claim.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

constexpr auto* kPatch = "patch persistentvolumeclaims team/CHILD";
constexpr auto* kStatus = "patch sessions/status team/chat";

class Growth : public testing::Test {
 protected:
  Growth() {
    stage.apply_template();
    stage.apply_session({{"storage", {{"size", "1Gi"}}}});
    stage.settle();
    stage.writes();
  }
  void ask_for(const char* size) { stage.patch_session({{"storage", {{"size", size}}}}); }
  std::string requested() const {
    return stage.claim()["spec"]["resources"]["requests"]["storage"];
  }
  std::string capacity() const { return stage.session()["status"]["volume"]["capacity"]; }
  // As the API server answers for a class without allowVolumeExpansion.
  void refuse() {
    stage.server.refuse_with([](const fake::Call& call) -> std::optional<kube::Response> {
      if (!fake::Record{call, 0}.text().starts_with("patch persistentvolumeclaims")) return {};
      const json status = {
          {"kind", "Status"},
          {"apiVersion", "v1"},
          {"status", "Failure"},
          {"reason", "Forbidden"},
          {"code", 403},
          {"message",
           "persistentvolumeclaims \"chat\" is forbidden: only dynamically provisioned "
           "pvc can be resized and the storageclass that provisions the pvc must "
           "support resize"}};
      kube::Response response;
      response.status = 403;
      response.body = status.dump();
      return response;
    });
  }

  Stage stage;
};

TEST_F(Growth, IsAskedForOnceAndToldWhenTheVolumeHasGrown) {
  ask_for("2Gi");
  stage.settle();
  EXPECT_EQ(requested(), "2Gi");
  EXPECT_EQ(capacity(), "2Gi");
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition("Degraded"), "");
  EXPECT_THAT(stage.writes(), ElementsAre(kPatch, kStatus, kStatus));
}

TEST_F(Growth, HappensAsleepAsWell) {
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  ask_for("3Gi");
  stage.settle();
  EXPECT_EQ(capacity(), "3Gi");
  EXPECT_EQ(stage.state(), "IDLE");
}

TEST_F(Growth, AskedForBeforeTheClaimIsBoundIsCarriedOutThen) {
  const auto made = stage.user.create(
      {{"apiVersion", "sojourn.dev/v1alpha1"},
       {"kind", "Session"},
       {"metadata", {{"namespace", "team"}, {"name", "late"}}},
       {"spec", {{"templateRef", {{"name", "claude"}}}, {"storage", {{"size", "1Gi"}}}}}});
  ASSERT_LT(made.status, 300) << made.message();
  stage.reconcile();
  const auto answer =
      stage.user.patch("sessions", "team", "late", {{"spec", {{"storage", {{"size", "2Gi"}}}}}});
  ASSERT_LT(answer.status, 300) << answer.message();
  stage.settle();
  EXPECT_EQ(stage.session("late")["status"]["state"], "READY");
  EXPECT_EQ(stage.session("late")["status"]["volume"]["capacity"], "2Gi");
}

TEST_F(Growth, ARefusalIsToldWithTheWayBackAndChangesNothingElse) {
  refuse();
  ask_for("2Gi");
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition("Ready"), "True");
  EXPECT_EQ(stage.condition("VolumeReady"), "True");
  EXPECT_EQ(stage.condition_reason("Degraded"), "ResizeRefused");
  EXPECT_EQ(capacity(), "1Gi");
  EXPECT_THAT(stage.events(), Contains("ResizeRefused"));
  const auto status = stage.session()["status"];
  for (const auto& condition : status["conditions"]) {
    if (condition["type"] != "Degraded") continue;
    EXPECT_THAT(condition["message"].get<std::string>(),
                HasSubstr("cannot grow to 2Gi; set spec.storage.size back to 1Gi"));
  }
  EXPECT_THAT(stage.writes(), ElementsAre(std::string(kPatch) + ": 403", kStatus));
}

TEST_F(Growth, ARefusedOneIsTriedAgainSeldom) {
  refuse();
  ask_for("2Gi");
  stage.settle();
  stage.writes();
  stage.pass(seconds(59));
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.pass(minutes(16));
  EXPECT_LE(stage.writes().size(), 5U);
  EXPECT_EQ(stage.condition_reason("Degraded"), "ResizeRefused");
  stage.server.refuse_with({});
  stage.pass(minutes(31));
  EXPECT_EQ(capacity(), "2Gi");
  EXPECT_EQ(stage.condition("Degraded"), "");
}

TEST_F(Growth, ARefusedOneCanBeTakenBack) {
  refuse();
  ask_for("2Gi");
  stage.settle();
  ask_for("1Gi");
  stage.settle();
  EXPECT_EQ(stage.condition("Degraded"), "");
  stage.writes();
  stage.pass(minutes(5));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(Growth, NothingGetsSmaller) {
  const auto answer =
      stage.user.patch("sessions", "team", "chat", {{"spec", {{"storage", {{"size", "512Mi"}}}}}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.message(), HasSubstr("spec.storage.size can only grow"));
}

TEST_F(Growth, ATemplatesLargerSizeIsForNewSessionsAlone) {
  const auto answer = stage.user.patch("sessiontemplates", "team", "claude",
                                       {{"spec", {{"storage", {{"size", "9Gi"}}}}}});
  ASSERT_LT(answer.status, 300) << answer.message();
  stage.settle();
  EXPECT_EQ(requested(), "1Gi");
}

}  // namespace
}  // namespace sojourn::scenario
