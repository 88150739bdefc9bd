// What a Session makes of its template: agents chosen, settings put over, parameters given.
#include "domain/agents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sojourn/domain/pod_shape.h"

namespace sojourn::domain::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

api::AgentSpec agent(std::string name, api::AgentSettings settings = {}) {
  api::AgentSpec made;
  made.container.name = std::move(name);
  made.container.image = "agent:1";
  made.settings = std::move(settings);
  return made;
}

std::vector<std::string> names(const api::SessionTemplateSpec& spec) {
  std::vector<std::string> list;
  for (const auto& each : spec.agents) list.push_back(each.container.name);
  return list;
}

TEST(Tailored, AllAgentsUnlessTheSessionNamesSome) {
  api::SessionTemplateSpec spec;
  spec.agents = {agent("coder"), agent("tester"), agent("writer")};
  EXPECT_EQ(tailored({}, spec), spec);
  api::SessionSpec session;
  session.agents = {{"writer", {}}, {"coder", {}}};
  EXPECT_THAT(names(tailored(session, spec)), ElementsAre("coder", "writer"));
}

TEST(Tailored, TheSessionsWordIsPutOverTheTemplates) {
  api::SessionTemplateSpec spec;
  const api::AgentSettings theirs{.model = "sonnet",
                                  .config = {{"tone", "plain"}, {"style", "short"}},
                                  .tools = {{"read", "write"}},
                                  .temperature = {"0.7"},
                                  .max_output_tokens = 4096};
  spec.agents = {agent("coder", theirs)};
  api::SessionSpec session;
  session.agents = {{"coder", {}}};
  EXPECT_EQ(tailored(session, spec).agents[0].settings, theirs);
  session.agents[0].settings = {.model = "opus",
                                .config = {{"tone", ""}, {"depth", "3"}},
                                .tools = std::vector<std::string>{},
                                .temperature = {"0"},
                                .max_output_tokens = 1};
  const api::AgentSettings expected{.model = "opus",
                                    .config = {{"tone", ""}, {"style", "short"}, {"depth", "3"}},
                                    .tools = std::vector<std::string>{},
                                    .temperature = {"0"},
                                    .max_output_tokens = 1};
  EXPECT_EQ(tailored(session, spec).agents[0].settings, expected);
}

api::AgentSettings model(std::string name) {
  api::AgentSettings settings;
  settings.model = std::move(name);
  return settings;
}
api::AgentSettings model_in_config(std::string name) {
  api::AgentSettings settings;
  settings.config = {{"model", std::move(name)}};
  return settings;
}

TEST(Tailored, TheModelIsFirstAnAgentsOwnThenThatOfItsConfig) {
  EXPECT_EQ(model_of({}), "");
  EXPECT_EQ(model_of(model_in_config("sonnet")), "sonnet");
  EXPECT_EQ(model_of(merge(model_in_config("sonnet"), model("opus"))), "opus");
  EXPECT_EQ(model_of(merge(model("opus"), model_in_config("sonnet"))), "opus");
}

api::SessionSpec giving(api::StringMap parameters) {
  api::SessionSpec session;
  session.parameters = std::move(parameters);
  return session;
}

// What a pod of the template has, with the parameters that the Session gives.
api::Pod pod_with(const api::SessionTemplateSpec& spec, api::StringMap parameters) {
  api::Session session;
  session.meta.name = "chat";
  session.spec.parameters = std::move(parameters);
  return build_pod(session,
                   {{"claude", 1, "claude-a"}, std::make_shared<api::SessionTemplateSpec>(spec)},
                   {}, "chat-0");
}

TEST(Parameters, AreVariablesWithTheSessionsValueElseTheDefault) {
  api::SessionTemplateSpec spec;
  spec.parameters = {
      {"REPOSITORY", {}, true, ""}, {"BRANCH", "main", false, ""}, {"NOTE", {}, false, ""}};
  const auto given = parameter_variables(giving({{"REPOSITORY", "r"}, {"NOTE", ""}}), spec);
  EXPECT_THAT(given, ElementsAre(api::EnvVar{"REPOSITORY", "r", {}},
                                 api::EnvVar{"BRANCH", "main", {}}, api::EnvVar{"NOTE", "", {}}));
  EXPECT_THAT(parameter_variables({}, spec), ElementsAre(api::EnvVar{"BRANCH", "main", {}}));
  EXPECT_THAT(parameter_variables(giving({{"OTHER", "x"}}), {}), IsEmpty());
}

// S46: data, whatever it looks like.
TEST(Parameters, AreLiteral) {
  api::SessionTemplateSpec spec;
  spec.parameters = {{"A", "$(HOME)", false, ""}, {"B", {}, false, ""}};
  const auto variables = parameter_variables(giving({{"B", "$$(A) `id` \n\"'"}}), spec);
  EXPECT_THAT(variables, ElementsAre(api::EnvVar{"A", "$$(HOME)", {}},
                                     api::EnvVar{"B", "$$$$(A) `id` \n\"'", {}}));
}

TEST(Parameters, ReachEveryContainerBeforeItsOwnVariables) {
  api::SessionTemplateSpec spec;
  spec.agents = {agent("coder")};
  spec.pod_template.spec.init_containers = {agent("prepare").container};
  spec.pod_template.spec.sidecars = {agent("proxy").container};
  spec.pod_template.spec.init_containers[0].env = {{"URL", "https://$(HOST)", {}}};
  spec.parameters = {{"HOST", {}, true, ""}};
  const auto pod = pod_with(spec, {{"HOST", "h"}});
  const api::EnvVar host{"HOST", "h", {}};
  ASSERT_EQ(pod.spec.init_containers.size(), 2U);
  EXPECT_THAT(pod.spec.init_containers[0].env,
              ElementsAre(host, api::EnvVar{"URL", "https://$(HOST)", {}}));
  EXPECT_THAT(pod.spec.init_containers[1].env, ElementsAre(host));
  EXPECT_EQ(pod.spec.containers.at(0).env.at(0), host);
}

TEST(Resources, AreDividedAmongTheAgentsThatTheSessionRuns) {
  api::Session session;
  session.meta.name = "chat";
  session.spec.agents = {{"coder", {}}};
  auto spec = std::make_shared<api::SessionTemplateSpec>();
  spec->agents = {agent("coder"), agent("tester")};
  spec->resources.cpu = "2";
  const auto pod = build_pod(session, {{"claude", 1, "claude-a"}, spec}, {}, "chat-0");
  ASSERT_EQ(pod.spec.containers.size(), 1U);
  EXPECT_EQ(api::lookup(pod.spec.containers[0].resources.limits, "cpu"), "2");
  EXPECT_TRUE(pod.meta.annotations.contains("sojourn.dev/agent.coder"));
  EXPECT_FALSE(pod.meta.annotations.contains("sojourn.dev/agent.tester"));
}

}  // namespace
}  // namespace sojourn::domain::test
