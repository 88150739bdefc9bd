// SessionTemplates: accepted or not, pinned as revisions, changed and deleted while in use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::HasSubstr;

class Template : public testing::Test {
 protected:
  json get() const {
    return stage.server.get("sessiontemplates", "team", "claude").value_or(json());
  }
  json accepted() const { return get()["status"]["conditions"][0]; }
  void patch(const json& spec) {
    const auto answer = stage.user.patch("sessiontemplates", "team", "claude", {{"spec", spec}});
    ASSERT_LT(answer.status, 300) << answer.message();
  }
  std::string image() const { return stage.pod()["spec"]["containers"][0]["image"]; }
  static json agents(const char* image) {
    return {{"agents", {{{"name", "agent"}, {"image", image}}}}};
  }

  Stage stage;
};

TEST_F(Template, AGoodOneIsAcceptedAndStoredAsARevision) {
  stage.apply_template();
  stage.settle();
  EXPECT_EQ(accepted()["status"], "True");
  EXPECT_EQ(get()["status"]["observedGeneration"], 1);
  const auto revisions = stage.server.list("controllerrevisions");
  ASSERT_EQ(revisions.size(), 1u);
  EXPECT_EQ(revisions[0]["data"]["agents"][0]["config"]["model"], "large");
}

TEST_F(Template, OneWithoutAnImageIsNotAcceptedAndItsSessionIsStalled) {
  stage.apply_template();
  patch({{"agents", {{{"name", "agent"}}}}});
  stage.apply_session();
  stage.settle();
  EXPECT_EQ(accepted()["status"], "False");
  EXPECT_THAT(accepted()["message"].get<std::string>(), HasSubstr("has no image"));
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.condition_reason("Stalled"), "InvalidTemplate");
  patch(agents("docker.io/library/agent:1"));
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition("Stalled"), "");
}

TEST_F(Template, S18_AChangeLeavesRunningPodsAloneAndTheNextStartTakesIt) {
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  const auto uid = stage.pod()["metadata"]["uid"];
  const auto revision = stage.session()["status"]["template"]["revision"];
  patch(agents("docker.io/library/agent:2"));
  stage.settle();
  EXPECT_EQ(stage.pod()["metadata"]["uid"], uid);
  EXPECT_EQ(stage.session()["status"]["template"]["revision"], revision);
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  stage.patch_session({{"desiredState", "Running"}});
  stage.settle();
  EXPECT_EQ(image(), "docker.io/library/agent:2");
  EXPECT_NE(stage.session()["status"]["template"]["revision"], revision);
  EXPECT_EQ(stage.session()["status"]["template"]["generation"], 2);
}

TEST_F(Template, S19_DeletedOrInvalidTheLastRevisionGoesOn) {
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  for (const bool deleted : {false, true}) {
    if (deleted) {
      stage.user.remove("sessiontemplates", "team", "claude");
    } else {
      patch({{"agents", {{{"name", "agent"}}}}});
    }
    stage.patch_session({{"desiredState", "Stopped"}});
    stage.settle();
    stage.patch_session({{"desiredState", "Running"}});
    stage.settle();
    EXPECT_EQ(stage.state(), "READY") << deleted;
    EXPECT_EQ(image(), "docker.io/library/agent:1");
  }
}

TEST_F(Template, ARevisionRemovedByHandIsStoredAgain) {
  stage.apply_template();
  stage.settle();
  const auto name =
      stage.server.list("controllerrevisions")[0]["metadata"]["name"].get<std::string>();
  stage.user.remove("controllerrevisions", "team", name);
  stage.settle();
  EXPECT_EQ(stage.server.list("controllerrevisions").size(), 1u);
}

// What a Session gives is data, and only what the template lets it say is said.
TEST_F(Template, S46_ASessionChoosesAgentsAndGivesParametersWhereTheTemplateLetsIt) {
  stage.apply_template();
  patch({{"agents",
          {{{"name", "writer"}, {"image", "i:1"}, {"model", "large"}},
           {{"name", "critic"}, {"image", "i:1"}}}},
         {"parameters", {{{"name", "BRANCH"}, {"required", true}, {"pattern", "[a-z$()]+"}}}},
         {"overrides", {"model"}}});
  stage.apply_session({{"parameters", {{"BRANCH", "$(rm)"}}},
                       {"agents", {{{"name", "writer"}, {"model", "small"}}}},
                       {"context", "{}"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  const auto pod = stage.pod();
  ASSERT_EQ(pod["spec"]["containers"].size(), 1u);
  const auto& env = pod["spec"]["containers"][0]["env"];
  EXPECT_THAT(env, testing::Contains(json{{"name", "BRANCH"}, {"value", "$$(rm)"}}));
  EXPECT_THAT(env, testing::Contains(json{{"name", "SESSION_MODEL"}, {"value", "small"}}));
  EXPECT_EQ(pod["metadata"]["annotations"]["sojourn.dev/context"], "{}");
}

TEST_F(Template, ASessionThatDoesNotFitWaitsAndStartsWhenTheTemplateAllowsIt) {
  stage.apply_template();
  stage.apply_session({{"parameters", {{"BRANCH", "main"}}}});
  stage.settle();
  EXPECT_EQ(stage.state(), "INIT");
  EXPECT_EQ(stage.condition_reason("Stalled"), "InvalidSession");
  EXPECT_TRUE(stage.server.list("pods").empty());
  patch({{"parameters", {{{"name", "BRANCH"}, {"pattern", "next"}}}}});
  stage.settle();
  EXPECT_THAT(stage.session()["status"]["message"].get<std::string>(),
              HasSubstr("does not match \"next\""));
  patch({{"parameters", {{{"name", "BRANCH"}}}}});
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.condition("Stalled"), "");
}

TEST_F(Template, TheModelReachesTheContainerAndItsFile) {
  stage.apply_template();
  stage.apply_session({{"prompt", "say \"hi\"\n"}});
  stage.settle();
  const auto pod = stage.pod();
  const auto& env = pod["spec"]["containers"][0]["env"];
  const auto model = std::find_if(env.begin(), env.end(),
                                  [](const auto& one) { return one["name"] == "SESSION_MODEL"; });
  ASSERT_NE(model, env.end());
  EXPECT_EQ((*model)["value"], "large");
  EXPECT_EQ(pod["metadata"]["annotations"]["sojourn.dev/prompt"], "say \"hi\"\n");
  const auto file =
      json::parse(pod["metadata"]["annotations"]["sojourn.dev/agent.agent"].get<std::string>());
  EXPECT_EQ(file["model"], "large");
}

// S37: the API server refuses every create in a namespace that is being deleted.
TEST_F(Template, InANamespaceThatIsGoingNothingIsTriedTwice) {
  stage.server.refuse_with([](const fake::Call& call) -> std::optional<kube::Response> {
    if (call.verb != "create") return std::nullopt;
    kube::Response response;
    response.status = 403;
    response.body = R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":403,
        "reason":"Forbidden","message":"the namespace is being terminated",
        "details":{"causes":[{"reason":"NamespaceTerminating"}]}})";
    return response;
  });
  stage.apply_template();
  stage.settle();
  patch({{"agents", {{{"name", "agent"}}}}});  // an invalid one: its Session is told by an Event
  stage.apply_session();
  stage.pass(std::chrono::minutes(10));
  int creates = 0;
  for (const auto& write : stage.server.writes()) creates += write.starts_with("create") ? 1 : 0;
  EXPECT_LE(creates, 2) << "one revision, one Event";
}

// Bad input heals within seconds when the cause goes.
TEST_F(Template, AMendedImageIsTakenByASessionThatCannotStart) {
  stage.apply_template();
  patch(agents("docker.io/library/no-such-image"));
  stage.apply_session();
  stage.reconcile();
  stage.cluster.schedule();
  stage.cluster.set_waiting("team", stage.child(), "ImagePullBackOff");
  stage.pass(seconds(5));
  EXPECT_EQ(stage.reason(), "ImagePull");
  patch(agents("docker.io/library/agent:2"));
  stage.pass(seconds(2));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(image(), "docker.io/library/agent:2");
  EXPECT_EQ(stage.session()["status"].value("attempts", 0), 0);
}

}  // namespace
}  // namespace sojourn::scenario
