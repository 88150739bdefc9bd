#include "sojourn/domain/pod_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace sojourn::domain::test {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// What a pod is built from, open to every test's changes.
struct Parts {
  api::Session session;
  api::SessionTemplateSpec spec;
  Policy policy;

  Parts() {
    session.meta.name = "chat";
    session.meta.namespace_ = "team";
    session.meta.uid = "session-uid";
    session.spec.template_name = "claude";
    add_agent("coder");
  }
  api::AgentSpec& add_agent(std::string name) {
    api::AgentSpec agent;
    agent.container.name = std::move(name);
    agent.container.image = "agent:1";
    return spec.agents.emplace_back(std::move(agent));
  }
  void want_storage() {
    policy.storage = StoragePolicy{"1Gi", {}, "ReadWriteOncePod", "/workspace"};
  }
  api::Pod build() const {
    const Revision revision{{"claude", 4, "claude-aaaa"},
                            std::make_shared<api::SessionTemplateSpec>(spec)};
    return build_pod(session, revision, policy, "chat-0123456789");
  }
};

std::map<std::string, std::string> environment(const api::Container& container) {
  std::map<std::string, std::string> values;
  for (const auto& variable : container.env) values[variable.name] = variable.value;
  return values;
}

// The content of a file of the context volume, or "absent".
std::string file(const api::Pod& pod, std::string_view path) {
  for (const auto& volume : pod.spec.volumes) {
    const auto* files = std::get_if<api::FileVolume>(&volume.source);
    if (files == nullptr) continue;
    for (const auto& entry : files->annotations) {
      if (entry.path == path) return pod.meta.annotations.at(entry.annotation);
    }
  }
  return "absent";
}

TEST(PodShape, IsNamedOwnedAndLabelledForItsSession) {
  const auto pod = Parts().build();
  EXPECT_EQ(pod.meta.name, "chat-0123456789");
  EXPECT_EQ(pod.meta.namespace_, "team");
  const api::OwnerReference owner{"sojourn.dev/v1alpha1", "Session", "chat", "session-uid", true};
  EXPECT_THAT(pod.meta.owner_references, ElementsAre(owner));
  const api::StringMap labels{{"app.kubernetes.io/managed-by", "sojourn"},
                              {"sojourn.dev/session", "chat"},
                              {"sojourn.dev/session-uid", "session-uid"},
                              {"sojourn.dev/template", "claude"}};
  EXPECT_EQ(pod.meta.labels, labels);
  EXPECT_EQ(template_of(pod), (api::TemplateStatus{"claude", 4, "claude-aaaa"}));
}

TEST(PodShape, TheTemplateOfAPodThatSaysNothingIsEmpty) {
  EXPECT_EQ(template_of({}), api::TemplateStatus{});
  api::Pod odd;
  odd.meta.annotations = {{std::string(kGenerationAnnotation), "many"}};
  EXPECT_EQ(template_of(odd).generation, 0);
}

TEST(PodShape, ReservedLabelsAndAnnotationsOfATemplateAreDropped) {
  Parts parts;
  parts.spec.pod_template.labels = {{"team", "blue"},
                                    {"sojourn.dev/session", "stolen"},
                                    {"sojourn.dev/anything", "x"},
                                    {"app.kubernetes.io/managed-by", "helm"}};
  parts.spec.pod_template.annotations = {{"note", "hi"},
                                         {"sojourn.dev/prompt", "forged"},
                                         {"sojourn.dev/template-revision", "forged"}};
  const auto pod = parts.build();
  const api::StringMap labels{{"app.kubernetes.io/managed-by", "sojourn"},
                              {"sojourn.dev/session", "chat"},
                              {"sojourn.dev/session-uid", "session-uid"},
                              {"sojourn.dev/template", "claude"},
                              {"team", "blue"}};
  EXPECT_EQ(pod.meta.labels, labels);
  EXPECT_EQ(api::lookup(pod.meta.annotations, "note"), "hi");
  EXPECT_EQ(api::lookup(pod.meta.annotations, kRevisionAnnotation), "claude-aaaa");
  EXPECT_FALSE(pod.meta.annotations.contains(kPromptAnnotation));
}

TEST(PodShape, PassesTheRestrictedLevelByItself) {
  Parts parts;
  parts.spec.pod_template.spec.init_containers.emplace_back().name = "prepare";
  parts.spec.pod_template.spec.sidecars.emplace_back().name = "proxy";
  const auto pod = parts.build();
  const auto& security = pod.spec.security;
  EXPECT_EQ(security.run_as_user, 10001);
  EXPECT_EQ(security.run_as_group, 10001);
  EXPECT_EQ(security.fs_group, 10001);
  EXPECT_EQ(security.run_as_non_root, true);
  EXPECT_EQ(security.fs_group_change_policy, "OnRootMismatch");
  EXPECT_EQ(security.seccomp_profile.text, R"({"type":"RuntimeDefault"})");
  for (const auto* list : {&pod.spec.containers, &pod.spec.init_containers}) {
    for (const auto& container : *list) {
      ASSERT_TRUE(container.security.has_value()) << container.name;
      EXPECT_FALSE(container.security->allow_privilege_escalation) << container.name;
      EXPECT_THAT(container.security->drop_capabilities, ElementsAre("ALL")) << container.name;
    }
  }
}

TEST(PodShape, TheTemplatesSecurityWinsWhereItSpeaks) {
  Parts parts;
  parts.spec.pod_template.spec.security.run_as_user = 2000;
  parts.spec.pod_template.spec.security.fs_group_change_policy = "Always";
  const auto security = parts.build().spec.security;
  EXPECT_EQ(security.run_as_user, 2000);
  EXPECT_EQ(security.run_as_group, 10001);
  EXPECT_EQ(security.fs_group_change_policy, "Always");
}

TEST(PodShape, WhatThePlatformTeamWroteReachesThePod) {
  Parts parts;
  auto& from = parts.spec.pod_template.spec;
  from.node_selector = {{"gpu", "yes"}};
  from.affinity.text = R"({"nodeAffinity":{}})";
  from.tolerations.text = R"([{"key":"gpu"}])";
  from.topology_spread_constraints.text = R"([{"maxSkew":1}])";
  from.runtime_class_name = "gvisor";
  from.service_account_name = "agents";
  from.priority_class_name = "low";
  from.image_pull_secrets = {"registry"};
  from.termination_grace_period_seconds = 7;
  from.volumes = {{"cache", {R"({"name":"cache","emptyDir":{}})"}}};
  const auto pod = parts.build();
  EXPECT_EQ(pod.spec.node_selector, from.node_selector);
  EXPECT_EQ(pod.spec.affinity, from.affinity);
  EXPECT_EQ(pod.spec.tolerations, from.tolerations);
  EXPECT_EQ(pod.spec.topology_spread_constraints, from.topology_spread_constraints);
  EXPECT_EQ(pod.spec.runtime_class_name, "gvisor");
  EXPECT_EQ(pod.spec.service_account_name, "agents");
  EXPECT_EQ(pod.spec.priority_class_name, "low");
  EXPECT_EQ(pod.spec.image_pull_secrets, from.image_pull_secrets);
  EXPECT_EQ(pod.spec.termination_grace_period_seconds, 7);
  const api::Volume cache{"cache", api::JsonText{R"({"name":"cache","emptyDir":{}})"}};
  EXPECT_THAT(pod.spec.volumes, ::testing::Contains(cache));
}

TEST(PodShape, WithoutAWordOfTheTemplateThePodHasNoAccountAndOnlyTheFilesOfItsContext) {
  const auto pod = Parts().build();
  EXPECT_EQ(pod.spec.service_account_name, "");
  ASSERT_EQ(pod.spec.volumes.size(), 1U);
  EXPECT_EQ(pod.spec.volumes[0].name, "sojourn-context");
  EXPECT_TRUE(std::holds_alternative<api::FileVolume>(pod.spec.volumes[0].source));
  EXPECT_THAT(pod.spec.init_containers, IsEmpty());
}

TEST(PodShape, SidecarsAreNativeOnesThatStartAfterTheInitContainers) {
  Parts parts;
  auto& pod_spec = parts.spec.pod_template.spec;
  pod_spec.init_containers.emplace_back().name = "prepare";
  pod_spec.sidecars.emplace_back().name = "proxy";
  const auto pod = parts.build();
  ASSERT_EQ(pod.spec.init_containers.size(), 2U);
  EXPECT_EQ(pod.spec.init_containers[0].name, "prepare");
  EXPECT_EQ(pod.spec.init_containers[0].restart_policy, "");
  EXPECT_EQ(pod.spec.init_containers[1].name, "proxy");
  EXPECT_EQ(pod.spec.init_containers[1].restart_policy, "Always");
  ASSERT_EQ(pod.spec.containers.size(), 1U);
}

TEST(PodShape, ATaskIsNotRestartedAConversationIs) {
  Parts parts;
  EXPECT_EQ(parts.build().spec.restart_policy, "Always");
  parts.session.spec.mode = api::SessionMode::Task;
  EXPECT_EQ(parts.build().spec.restart_policy, "Never");
}

TEST(PodShape, StorageIsTheClaimOfThePodsNameMountedInEveryAgent) {
  Parts parts;
  parts.want_storage();
  parts.add_agent("tester");
  const auto pod = parts.build();
  const api::Volume workspace{"workspace", api::ClaimVolume{"chat-0123456789"}};
  EXPECT_THAT(pod.spec.volumes, ::testing::Contains(workspace));
  for (const auto& container : pod.spec.containers) {
    EXPECT_THAT(
        container.volume_mounts,
        UnorderedElementsAre(api::VolumeMount{"workspace", "/workspace", "", false},
                             api::VolumeMount{"sojourn-context", "/sojourn/context", "", true}));
  }
}

TEST(PodShape, TheAgentKeepsWhatItsTemplateSays) {
  Parts parts;
  auto& agent = parts.spec.agents[0].container;
  agent.command = {"/bin/agent"};
  agent.args = {"--home", "$(HOME)"};
  agent.env = {{"HOME", "/home", {}}, {"KEY", "", {R"({"secretKeyRef":{"name":"s"}})"}}};
  agent.env_from.text = R"([{"configMapRef":{"name":"c"}}])";
  agent.ports.text = R"([{"containerPort":80}])";
  agent.volume_mounts = {{"cache", "/cache", "sub", true}};
  const auto container = parts.build().spec.containers.at(0);
  EXPECT_EQ(container.image, "agent:1");
  EXPECT_EQ(container.command, agent.command);
  EXPECT_EQ(container.args, agent.args);
  EXPECT_EQ(container.env_from, agent.env_from);
  EXPECT_EQ(container.ports, agent.ports);
  // After the operator's, so that they may refer to them.
  ASSERT_EQ(container.env.front().name, "SESSION_ID");
  EXPECT_EQ(*std::prev(container.env.end(), 2), agent.env[0]);
  EXPECT_EQ(container.env.back(), agent.env[1]);
  EXPECT_EQ(container.volume_mounts.at(0), agent.volume_mounts[0]);
}

TEST(PodShape, AnAgentWithoutAnImageTakesTheOperatorsDefault) {
  Parts parts;
  parts.spec.agents[0].container.image.clear();
  parts.policy.default_agent_image = "default:1";
  EXPECT_EQ(parts.build().spec.containers.at(0).image, "default:1");
}

TEST(AgentEnvironment, TellsTheAgentWhoItIs) {
  Parts parts;
  parts.want_storage();
  parts.spec.agents[0].settings.model = "opus";
  const std::map<std::string, std::string> expected{
      {"SESSION_ID", "session-uid"},
      {"SESSION_NAME", "chat"},
      {"SESSION_NAMESPACE", "team"},
      {"SESSION_MODE", "Conversation"},
      {"SESSION_AGENT", "coder"},
      {"SESSION_MODEL", "opus"},
      {"SESSION_WORKSPACE", "/workspace"},
      {"SESSION_CONFIG_FILE", "/sojourn/context/agents/coder.json"}};
  EXPECT_EQ(environment(parts.build().spec.containers.at(0)), expected);
}

TEST(AgentEnvironment, TellsWhatTheSessionAndTheTemplateSayOfIt) {
  Parts parts;
  parts.session.spec.display_name = "Notes of $(DAY)";
  parts.session.spec.context = "{}";
  parts.session.meta.annotations = {{"sojourn.dev/created-by", "ada"}};
  auto& settings = parts.spec.agents[0].settings;
  settings.tools = {"read", "write"};
  settings.temperature = {"0.7"};
  settings.max_output_tokens = 4096;
  const auto env = environment(parts.build().spec.containers.at(0));
  EXPECT_EQ(env.at("SESSION_DISPLAY_NAME"), "Notes of $$(DAY)");
  EXPECT_EQ(env.at("SESSION_CREATED_BY"), "ada");
  EXPECT_EQ(env.at("SESSION_TOOLS"), "read,write");
  EXPECT_EQ(env.at("SESSION_TEMPERATURE"), "0.7");
  EXPECT_EQ(env.at("SESSION_MAX_OUTPUT_TOKENS"), "4096");
  EXPECT_EQ(env.at("SESSION_CONTEXT_FILE"), "/sojourn/context/context.json");
}

TEST(AgentEnvironment, LeavesOutWhatThereIsNot) {
  const auto env = environment(Parts().build().spec.containers.at(0));
  for (const char* name : {"SESSION_DISPLAY_NAME", "SESSION_CREATED_BY", "SESSION_MODEL",
                           "SESSION_TOOLS", "SESSION_TEMPERATURE", "SESSION_MAX_OUTPUT_TOKENS",
                           "SESSION_WORKSPACE", "SESSION_CONTEXT_FILE"}) {
    EXPECT_FALSE(env.contains(name)) << name;
  }
}

TEST(AgentEnvironment, TheModelIsTheAgentsOwnElseThatOfItsConfig) {
  Parts parts;
  parts.spec.agents[0].settings.config = {{"model", "sonnet"}};
  EXPECT_EQ(environment(parts.build().spec.containers.at(0)).at("SESSION_MODEL"), "sonnet");
  parts.spec.agents[0].settings.model = "opus";
  EXPECT_EQ(environment(parts.build().spec.containers.at(0)).at("SESSION_MODEL"), "opus");
}

// The kubelet replaces $(NAME) in values by other variables, secret ones included, and $$ by $.
TEST(AgentEnvironment, ValuesAreLiteralWhateverTheyContain) {
  Parts parts;
  parts.want_storage();
  parts.policy.storage->mount_path = "/work$(API_KEY)";
  parts.spec.agents[0].settings.model = "a$$(b) $c \"d\"\n'e'";
  const auto env = environment(parts.build().spec.containers.at(0));
  EXPECT_EQ(env.at("SESSION_WORKSPACE"), "/work$$(API_KEY)");
  EXPECT_EQ(env.at("SESSION_MODEL"), "a$$$$(b) $$c \"d\"\n'e'");
}

TEST(ContextFiles, HoldThePromptAsItIs) {
  Parts parts;
  EXPECT_EQ(file(parts.build(), "prompt.txt"), "absent");
  const auto odd = "line one\n\"two\" $(HOME) \xF0\x9F\x98\x80 \0 end"s;
  parts.session.spec.prompt = odd;
  EXPECT_EQ(file(parts.build(), "prompt.txt"), odd);
}

TEST(ContextFiles, HoldEachAgentsModelAndConfigAsJson) {
  Parts parts;
  parts.spec.agents[0].settings.config = {{"model", "sonnet"}, {"temperature", "0.2"}};
  parts.add_agent("tester");
  const auto pod = parts.build();
  const json expected{{"agent", "coder"},
                      {"model", "sonnet"},
                      {"config", {{"model", "sonnet"}, {"temperature", "0.2"}}}};
  EXPECT_EQ(json::parse(file(pod, "agents/coder.json")), expected);
  const json empty{{"agent", "tester"}, {"model", ""}, {"config", json::object()}};
  EXPECT_EQ(json::parse(file(pod, "agents/tester.json")), empty);
}

TEST(ContextFiles, StayJsonWhateverTheConfigContains) {
  const auto odd = "\"\\\n\t\x01\x7F $(X) \xC3\xA4 \xE2\x80\xA8 \0 end"s;
  Parts parts;
  parts.spec.agents[0].settings.config = {{odd, odd}};
  const auto parsed = json::parse(file(parts.build(), "agents/coder.json"));
  EXPECT_EQ(parsed.at("config").at(odd), odd);
  parts.spec.agents[0].settings.config = {{"k", "\xFF\xC3"}};  // no UTF-8
  EXPECT_EQ(json::parse(file(parts.build(), "agents/coder.json")).at("config").at("k"),
            "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ContextFiles, HoldToolsTemperatureAndTokensWhereTheyAreSet) {
  Parts parts;
  parts.spec.agents[0].settings = {.model = "opus",
                                   .config = {},
                                   .tools = std::vector<std::string>{},
                                   .temperature = {"0.7"},
                                   .max_output_tokens = 1};
  const json expected{{"agent", "coder"},       {"model", "opus"},    {"config", json::object()},
                      {"tools", json::array()}, {"temperature", 0.7}, {"maxOutputTokens", 1}};
  EXPECT_EQ(json::parse(file(parts.build(), "agents/coder.json")), expected);
}

TEST(ContextFiles, HoldTheContextOrMountTheConfigMapThatHoldsIt) {
  Parts parts;
  parts.session.spec.context = "{\"issue\": \"$(HOME)\"}";
  EXPECT_EQ(file(parts.build(), "context.json"), parts.session.spec.context);
  parts.session.spec.context.clear();
  parts.session.spec.context_from = api::ConfigMapKey{"issues", "4711"};
  const auto pod = parts.build();
  EXPECT_EQ(file(pod, "context.json"), "absent");
  const auto& files = std::get<api::FileVolume>(pod.spec.volumes.at(0).source);
  EXPECT_THAT(files.config_maps, ElementsAre(api::ConfigMapFile{"context.json", "issues", "4711"}));
  EXPECT_EQ(environment(pod.spec.containers.at(0)).at("SESSION_CONTEXT_FILE"),
            "/sojourn/context/context.json");
}

struct Resources {
  std::string cpu, memory, requests_cpu, requests_memory;
};

Resources resources_of(const api::Container& container) {
  const auto at = [](const api::StringMap& map, std::string_view key) {
    return std::string(api::lookup(map, key));
  };
  const auto& own = container.resources;
  return {at(own.limits, "cpu"), at(own.limits, "memory"), at(own.requests, "cpu"),
          at(own.requests, "memory")};
}

void expect_resources(const Parts& parts, std::size_t agent, const Resources& expected) {
  const auto actual = resources_of(parts.build().spec.containers.at(agent));
  EXPECT_EQ(actual.cpu, expected.cpu) << agent;
  EXPECT_EQ(actual.memory, expected.memory) << agent;
  EXPECT_EQ(actual.requests_cpu, expected.requests_cpu) << agent;
  EXPECT_EQ(actual.requests_memory, expected.requests_memory) << agent;
}

TEST(AgentResources, AreTheSessionsLimitsDividedEquallyWithSmallRequests) {
  Parts parts;
  parts.spec.resources = {"2", "4Gi", "", ""};
  expect_resources(parts, 0, {"2", "4Gi", "200m", "1Gi"});
  parts.add_agent("tester");
  expect_resources(parts, 0, {"1", "2Gi", "100m", "512Mi"});
  expect_resources(parts, 1, {"1", "2Gi", "100m", "512Mi"});
  parts.add_agent("writer");
  for (const std::size_t agent : {0U, 1U, 2U}) {
    expect_resources(parts, agent, {"666m", "1431655766", "66m", "357913942"});
  }
}

TEST(AgentResources, StatedRequestsAreDividedToo) {
  Parts parts;
  parts.spec.resources = {"2", "4Gi", "500m", "2Gi"};
  parts.add_agent("tester");
  expect_resources(parts, 1, {"1", "2Gi", "250m", "1Gi"});
}

TEST(AgentResources, AnAgentThatStatesItsOwnKeepsThemAndTakesNoShare) {
  Parts parts;
  parts.spec.resources = {"2", "4Gi", "", ""};
  auto& tester = parts.add_agent("tester");
  tester.container.resources.requests = {{"memory", "64Mi"}};
  expect_resources(parts, 0, {"2", "4Gi", "200m", "1Gi"});
  expect_resources(parts, 1, {"", "", "", "64Mi"});
  parts.add_agent("reviewer").container.resources.limits = {{"cpu", "1"}};
  expect_resources(parts, 0, {"2", "4Gi", "200m", "1Gi"});
  expect_resources(parts, 2, {"1", "", "", ""});
}

TEST(AgentResources, WithoutAWordThereAreNone) {
  expect_resources(Parts(), 0, {"", "", "", ""});
  Parts parts;
  parts.spec.resources = {"", "", "100m", ""};
  expect_resources(parts, 0, {"", "", "100m", ""});
}

TEST(AgentResources, ALimitTooSmallToBeDividedStaysALimit) {
  Parts parts;
  parts.spec.resources = {"1m", "1", "", ""};
  for (int i = 0; i < 4; ++i) parts.add_agent("agent-" + std::to_string(i));
  expect_resources(parts, 4, {"1m", "1", "0", "1"});
}

// Two sessions that differ in everything a user may say get the same pod but for the names, the
// prompt, the volume and the restart policy of a Task.
TEST(PodShape, ASessionCannotWidenItsTemplatesPod) {
  Parts parts;
  const auto plain = parts.build();
  auto& session = parts.session;
  session.meta.labels = {{"a", "b"}};
  session.meta.annotations = {{"c", "d"}};
  session.meta.owner_references = {{"v1", "Node", "n", "u", true}};
  session.spec.desired_state = api::DesiredState::Paused;
  session.spec.start_timeout_seconds = 1;
  session.spec.retry_policy = {1, 2, 3};
  session.spec.ttl.max_lifetime_seconds = 4;
  session.spec.storage = api::StorageSpec{};  // the policy says whether there is a volume
  session.status.template_ = api::TemplateStatus{"other", 9, "other-bbbb"};
  EXPECT_EQ(parts.build(), plain);
  session.spec.prompt = "hello";
  auto prompted = parts.build();
  EXPECT_EQ(prompted.meta.annotations.erase(std::string(kPromptAnnotation)), 1U);
  prompted.spec.volumes = plain.spec.volumes;
  EXPECT_EQ(prompted, plain);
}

}  // namespace
}  // namespace sojourn::domain::test
