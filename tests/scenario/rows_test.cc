// What may go wrong around a Session, a test each, numbered as in the list of failures that the
// operator was designed against. Most rows have their test where their topic is; these are the
// rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

class Row : public testing::Test {
 protected:
  void start(const json& spec = Stage::storage()) {
    stage.apply_template();
    stage.apply_session(spec);
    stage.settle();
    ASSERT_EQ(stage.state(), "READY");
    child = stage.child();
    stage.writes();
  }
  json object(const char* plural) const {
    return stage.server.get(plural, "team", child).value_or(json());
  }
  // The Session is deleted, and one is made under its name.
  void make_again() {
    stage.user.remove("sessions", "team", "chat");
    stage.apply_session(Stage::storage());
  }
  std::size_t count(const char* plural) const { return stage.server.list(plural).size(); }

  Stage stage;
  std::string child;
};

TEST_F(Row, S4_AStoppedProcessThatHadMarkedTheClaimMarksItNoSecondTime) {
  start();
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  const auto marked = object("persistentvolumeclaims")["metadata"];
  ASSERT_TRUE(marked["annotations"].contains("sojourn.dev/retained-at"));
  stage.writes();
  stage.restart_operator();
  stage.pass(minutes(2));
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_EQ(object("persistentvolumeclaims")["metadata"], marked);
}

TEST_F(Row, S6_TheDeletionOfASessionReachesNoClaimOfTheNextOfItsName) {
  start({{"storage", {{"retention", {{"whenDeleted", "Delete"}}}}}});
  stage.server.hold_watches("sessions");
  make_again();
  stage.cluster.settle();
  stage.reconcile();
  stage.server.release_watches("sessions");
  stage.settle();
  const auto next = stage.session()["status"]["volume"];
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_NE(next["claimName"], child);
  stage.pass(minutes(2));
  const auto claim = next["claimName"].get<std::string>();
  EXPECT_TRUE(stage.server.get("persistentvolumeclaims", "team", claim).has_value());
}

TEST_F(Row, S7_AnEndThatNobodySawBeginIsAnEndAllTheSame) {
  start();
  stage.server.hold_watches("sessions");
  stage.server.hold_watches("pods");
  stage.user.remove("sessions", "team", "chat");
  stage.cluster.settle();
  stage.server.compact();  // so that the deletions are never told, only that nothing is there
  stage.server.release_watches("sessions");
  stage.server.release_watches("pods");
  stage.pass(seconds(60));
  EXPECT_TRUE(object("pods").is_null());
  EXPECT_TRUE(object("persistentvolumeclaims")["metadata"]["annotations"].contains(
      "sojourn.dev/retained-at"));
}

TEST_F(Row, S12_APodOnALostNodeIsWaitedForVisiblyAndNeverFollowedByAnother) {
  start();
  const auto uid = object("pods")["metadata"]["uid"];
  stage.server.edit("pods", "team", child, [](json& pod) {
    pod["metadata"]["deletionTimestamp"] = "2020-01-01T00:00:00Z";
    pod["metadata"]["deletionGracePeriodSeconds"] = 30;
    pod["metadata"]["finalizers"] = {"example.com/node-is-away"};
    pod["status"]["conditions"].push_back({{"type", "DisruptionTarget"},
                                           {"status", "True"},
                                           {"reason", "DeletionByTaintManager"},
                                           {"message", "the node is away"}});
  });
  for (int minute = 0; minute < 5; ++minute) {
    stage.clock.advance(minutes(1));
    stage.reconcile();
  }
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.reason(), "NodeLost");
  EXPECT_EQ(stage.condition_reason("AgentReady"), "PodTerminating");
  EXPECT_EQ(object("pods")["metadata"]["uid"], uid);
  EXPECT_EQ(count("pods"), 1U);
  stage.writes();
  stage.clock.advance(minutes(1));
  stage.reconcile();
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.server.erase("pods", "team", child);
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Row, S13_AClaimIsForOnePodAtATimeUnlessSomebodySaysOtherwise) {
  start();
  EXPECT_EQ(object("persistentvolumeclaims")["spec"]["accessModes"], json({"ReadWriteOncePod"}));
}

TEST_F(Row, S15_AClaimThatIsNotBoundHoldsTheStartUpAndIsNotMadeAgain) {
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.reconcile();
  const auto uid = stage.claim()["metadata"]["uid"];
  stage.cluster.schedule();  // the pod waits for its claim
  stage.clock.advance(seconds(10));
  stage.reconcile();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.reason(), "Unschedulable");
  EXPECT_EQ(stage.condition_reason("VolumeReady"), "VolumePending");
  stage.clock.advance(seconds(300));
  stage.reconcile();
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.condition("Stalled"), "True");
  EXPECT_EQ(stage.session()["status"].value("attempts", 0), 0);
  EXPECT_EQ(stage.claim()["metadata"]["uid"], uid);
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Row, S17_AFieldThatIsFixedIsRefusedAndNothingHappens) {
  start({{"prompt", "one"}, {"parameters", json::object()}, {"storage", json::object()}});
  for (const json& spec : {json({{"prompt", "two"}}), json({{"parameters", {{"A", "b"}}}}),
                           json({{"storage", {{"mountPath", "/other"}}}})}) {
    EXPECT_EQ(stage.user.patch("sessions", "team", "chat", {{"spec", spec}}).status, 422);
  }
  stage.settle();
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(Row, S23_AnExpiryIsCarriedOutOnceWhateverIsReadAgain) {
  start({{"ttl", {{"maxLifetimeSeconds", 60}}},
         {"storage", {{"retention", {{"whenExpired", "Delete"}}}}}});
  stage.pass(seconds(70));
  const auto writes = stage.writes();
  EXPECT_EQ(
      std::ranges::count_if(writes, [](const auto& one) { return one.starts_with("delete pods"); }),
      1);
  EXPECT_EQ(
      std::ranges::count_if(
          writes, [](const auto& one) { return one.starts_with("delete persistentvolumeclaims"); }),
      1);
  stage.restart_operator();
  stage.server.cut_watches();
  stage.pass(minutes(2));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(Row, S32_WhatAdmissionAddsToAPodIsLeftAsItIs) {
  start();
  stage.server.edit("pods", "team", child, [](json& pod) {
    pod["metadata"]["annotations"]["example.com/limit-ranger"] = "set: cpu";
    pod["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "100m";
    pod["spec"]["tolerations"].push_back({{"key", "added"}});
  });
  stage.pass(minutes(2));
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Row, S38_WithoutTheOperatorEverythingCanBeDeleted) {
  start();
  for (const char* plural : {"sessions", "pods", "sessiontemplates", "controllerrevisions"}) {
    for (const auto& one : stage.server.list(plural)) {
      EXPECT_FALSE(one["metadata"].contains("finalizers")) << plural;
    }
  }
  stage.user.remove("sessions", "team", "chat");
  stage.cluster.settle();
  EXPECT_TRUE(stage.session().is_null());
  EXPECT_TRUE(object("pods").is_null());
  stage.user.remove("persistentvolumeclaims", "team", child);
  stage.cluster.settle();
  EXPECT_TRUE(object("persistentvolumeclaims").is_null());
}

TEST_F(Row, S39_WithoutClaimsBeingServedNothingIsGivenUpAndADeletionIsNotHeldUp) {
  stage.server.refuse_with([](const fake::Call& call) -> std::optional<kube::Response> {
    if (fake::Record{call, 0}.text().find("persistentvolumeclaims") == std::string::npos ||
        !fake::Record{call, 0}.text().starts_with("create"))
      return {};
    kube::Response response;
    response.status = 503;
    response.body = R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":503})";
    return response;
  });
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.pass(minutes(1));
  EXPECT_TRUE(stage.server.list("pods").empty());
  stage.user.remove("sessions", "team", "chat");
  stage.pass(seconds(5));
  EXPECT_TRUE(stage.session().is_null());
  stage.apply_session(Stage::storage());
  stage.pass(seconds(30));
  stage.server.refuse_with({});
  stage.pass(minutes(6));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Row, S40_WhatANewerVersionWroteSurvivesEveryWrite) {
  stage.server.redefine("sessions", [](json& schema) {
    const json text{{"type", "string"}};
    schema["properties"]["spec"]["properties"]["future"] = text;
    schema["properties"]["status"]["properties"]["future"] = text;
  });
  stage.apply_template();
  stage.apply_session({{"future", "kept"}, {"storage", json::object()}});
  stage.settle();
  stage.server.edit("sessions", "team", "chat",
                    [](json& session) { session["status"]["future"] = "kept"; });
  for (const char* state : {"Stopped", "Running"}) {
    stage.patch_session({{"desiredState", state}});
    stage.settle();
  }
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.session()["spec"]["future"], "kept");
  EXPECT_EQ(stage.session()["status"]["future"], "kept");
}

TEST_F(Row, S44_AStatusStaysSmallHoweverMuchHappens) {
  start();
  for (int turn = 0; turn < 15; ++turn) {
    for (const char* state : {"Stopped", "Running"}) {
      stage.patch_session({{"desiredState", state}});
      stage.settle();
    }
  }
  stage.cluster.refuse_pods(std::string(5'000, 'x'));
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.patch_session({{"desiredState", "Running"}});
  stage.pass(seconds(10));
  const auto status = stage.session()["status"];
  EXPECT_EQ(status["transitions"].size(), 10U);
  EXPECT_LE(status["conditions"].size(), 16U);
  EXPECT_LE(status["message"].get<std::string>().size(), 1'024U);
  EXPECT_LE(status.dump().size(), 32U * 1'024U);
}

TEST_F(Row, S45_TheLongestNameGivesNamesAndLabelsThatAreAllowed) {
  const std::string name = std::string(55, 'a') + ".b-c.d-e";
  stage.apply_template();
  const auto made = stage.user.create(
      {{"apiVersion", "sojourn.dev/v1alpha1"},
       {"kind", "Session"},
       {"metadata", {{"namespace", "team"}, {"name", name}}},
       {"spec", {{"templateRef", {{"name", "claude"}}}, {"storage", json::object()}}}});
  ASSERT_LT(made.status, 300) << made.message();
  stage.settle();
  ASSERT_EQ(count("pods"), 1U);
  const auto pod = stage.server.list("pods")[0]["metadata"];
  EXPECT_LE(pod["name"].get<std::string>().size(), 63U);
  EXPECT_EQ(pod["name"].get<std::string>().find('.'), std::string::npos);
  EXPECT_EQ(pod["labels"]["sojourn.dev/session"], name);
  EXPECT_EQ(stage.session(name)["status"]["state"], "READY");
}

TEST_F(Row, S47_ATemplateCannotForgeWhatTheOperatorGoesBy) {
  stage.apply_template();
  const json forged{{"sojourn.dev/session", "other"},
                    {"sojourn.dev/session-uid", "stolen"},
                    {"app.kubernetes.io/managed-by", "helm"},
                    {"team", "blue"}};
  const auto answer = stage.user.patch(
      "sessiontemplates", "team", "claude",
      {{"spec", {{"podTemplate", {{"metadata", {{"labels", forged}, {"annotations", forged}}}}}}}});
  ASSERT_LT(answer.status, 300) << answer.message();
  start();
  const auto meta = object("pods")["metadata"];
  EXPECT_EQ(meta["labels"]["sojourn.dev/session"], "chat");
  EXPECT_EQ(meta["labels"]["sojourn.dev/session-uid"], stage.session()["metadata"]["uid"]);
  EXPECT_EQ(meta["labels"]["app.kubernetes.io/managed-by"], "sojourn");
  EXPECT_EQ(meta["labels"]["team"], "blue");
  EXPECT_FALSE(meta["annotations"].contains("sojourn.dev/session-uid"));
  EXPECT_EQ(meta["ownerReferences"].size(), 1U);
}

TEST_F(Row, S52_AToolThatPutsTheSessionBackAsItWasFindsNobodyAgainstIt) {
  start();
  const json as_in_git{{"metadata", {{"labels", {{"app", "git"}}}, {"annotations", nullptr}}},
                       {"spec", stage.session()["spec"]}};
  for (int turn = 0; turn < 5; ++turn) {
    const auto answer = stage.user.patch("sessions", "team", "chat", as_in_git);
    ASSERT_LT(answer.status, 300) << answer.message();
    stage.settle();
  }
  EXPECT_THAT(stage.writes(), IsEmpty());
}

}  // namespace
}  // namespace sojourn::scenario
