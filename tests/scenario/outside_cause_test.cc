// Causes outside the session: told plainly, no hot loop, no attempt used up, healed when the cause
// goes.
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

kube::Response refusal(int code, const std::string& reason, const std::string& message) {
  const json status = {{"kind", "Status"},   {"apiVersion", "v1"}, {"status", "Failure"},
                       {"message", message}, {"reason", reason},   {"code", code}};
  kube::Response response;
  response.status = code;
  response.body = status.dump();
  return response;
}

// Creates of that kind are answered with the refusal.
fake::ApiServer::Refuse refuse_creates(std::string plural, kube::Response response) {
  return [=](const fake::Call& call) -> std::optional<kube::Response> {
    const auto text = fake::Record{call, 0}.text();
    if (text.starts_with("create " + plural + " ")) return response;
    return std::nullopt;
  };
}

class OutsideCause : public testing::Test {
 protected:
  int creates(std::string_view plural) {
    int count = 0;
    for (const auto& write : stage.writes())
      count += write.starts_with("create " + std::string(plural)) ? 1 : 0;
    return count;
  }
  int attempts() const { return stage.session()["status"].value("attempts", 0); }

  Stage stage;
};

TEST_F(OutsideCause, AMissingTemplateIsToldAtOnceAndHealedWhenItComes) {
  stage.apply_session(Stage::storage());
  stage.settle();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.reason(), "TemplateNotFound");
  EXPECT_EQ(stage.condition("Stalled"), "") << "GitOps applies in any order";
  EXPECT_TRUE(stage.claim().is_null());
  stage.pass(minutes(6));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "StartTimeout");
  EXPECT_EQ(stage.condition_reason("Stalled"), "TemplateNotFound");
  EXPECT_EQ(attempts(), 0);
  stage.apply_template();
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(OutsideCause, S31_AQuotaIsToldAtOnceTriedAtLeastEvery30SecondsAndHealed) {
  stage.apply_template();
  stage.server.refuse_with(refuse_creates(
      "pods",
      refusal(403, "Forbidden", "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1")));
  stage.apply_session(Stage::storage());
  stage.settle();
  EXPECT_EQ(stage.reason(), "QuotaExceeded");
  EXPECT_EQ(stage.condition("Ready"), "False");
  EXPECT_THAT(stage.session()["status"]["message"].get<std::string>(), HasSubstr("exceeded quota"));
  EXPECT_THAT(stage.events(), Contains("QuotaExceeded"));
  stage.writes();
  stage.pass(minutes(10));
  const int tries = creates("pods");
  EXPECT_GE(tries, 20);
  EXPECT_LE(tries, 32) << "no hot loop";
  EXPECT_EQ(attempts(), 0);
  stage.server.refuse_with({});
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(OutsideCause, AClaimThatAQuotaRefusesIsToldBeforeAnyPodIsMade) {
  stage.apply_template();
  stage.server.refuse_with(refuse_creates("persistentvolumeclaims",
                                          refusal(403, "Forbidden", "exceeded quota: storage")));
  stage.apply_session(Stage::storage());
  stage.pass(seconds(5));
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.reason(), "QuotaExceeded");
  EXPECT_TRUE(stage.pod().is_null());
  stage.server.refuse_with({});
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(OutsideCause, S33_APodThatAdmissionRefusesSaysWhy) {
  stage.apply_template();
  stage.server.refuse_with(refuse_creates(
      "pods", refusal(403, "Forbidden", "violates PodSecurity \"restricted:latest\"")));
  stage.apply_session();
  stage.settle();
  EXPECT_EQ(stage.reason(), "Forbidden");
  EXPECT_THAT(stage.session()["status"]["message"].get<std::string>(), HasSubstr("PodSecurity"));
}

TEST_F(OutsideCause, APodThatIsInvalidIsForAPerson) {
  stage.apply_template();
  stage.server.refuse_with(refuse_creates(
      "pods", refusal(422, "Invalid", "Pod \"x\" is invalid: spec.containers[0].image")));
  stage.apply_session();
  stage.settle();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.condition_reason("Stalled"), "InvalidTemplate");
}

TEST_F(OutsideCause, S34_AnImageThatCannotBePulledKeepsItsPodAndIsReadyWhenItCan) {
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.reconcile();
  stage.cluster.schedule();
  stage.cluster.set_waiting("team", stage.child(), "ImagePullBackOff");
  stage.settle();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.reason(), "ImagePull");
  stage.pass(minutes(6));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.condition_reason("Stalled"), "ImagePull");
  EXPECT_EQ(attempts(), 0);
  EXPECT_FALSE(stage.pod().is_null());
  stage.cluster.set_waiting("team", stage.child(), "");
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition("Stalled"), "");
}

TEST_F(OutsideCause, AnUnschedulablePodIsToldOnceItHasLasted) {
  stage.apply_template();
  stage.cluster.refuse_pods("0/1 nodes are available: insufficient cpu");
  stage.apply_session();
  stage.settle();
  EXPECT_EQ(stage.reason(), "Starting");
  stage.pass(seconds(4));
  EXPECT_EQ(stage.reason(), "Unschedulable");
  stage.cluster.refuse_pods("");
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(OutsideCause, AForeignPodOfTheNameIsNeverTouched) {
  stage.apply_template();
  stage.apply_session();
  stage.settle();
  const auto name = stage.child();
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.user.create({{"apiVersion", "v1"},
                     {"kind", "Pod"},
                     {"metadata", {{"namespace", "team"}, {"name", name}}},
                     {"spec", {{"containers", {{{"name", "other"}, {"image", "other"}}}}}}});
  stage.writes();
  stage.patch_session({{"desiredState", "Running"}});
  stage.pass(seconds(30));
  EXPECT_EQ(stage.reason(), "PodConflict");
  for (const auto& write : stage.writes()) EXPECT_THAT(write, testing::Not(HasSubstr("delete")));
  stage.server.erase("pods", "team", name);
  stage.pass(seconds(30));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(OutsideCause, S37_ANamespaceThatIsGoingIsLeftAlone) {
  stage.apply_template();
  auto response =
      refusal(403, "Forbidden",
              "unable to create new content in namespace team because it is being terminated");
  auto body = json::parse(response.body);
  body["details"] = {
      {"causes",
       {{{"reason", "NamespaceTerminating"}, {"message", "namespace team is being terminated"}}}}};
  response.body = body.dump();
  stage.server.refuse_with(refuse_creates("pods", response));
  stage.apply_session();
  stage.settle();
  EXPECT_EQ(stage.reason(), "NamespaceTerminating");
}

}  // namespace
}  // namespace sojourn::scenario
