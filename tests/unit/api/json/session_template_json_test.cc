#include "sojourn/api/json/session_template_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sojourn/base/timestamp.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

SessionTemplate read_sample() {
  auto object = decode_session_template(read_golden("session_template.json"));
  EXPECT_TRUE(object) << object.error().message;
  return object ? *object : SessionTemplate{};
}

TEST(SessionTemplateJson, ReadsAgentsWithAllTheirFields) {
  const auto object = read_sample();
  ASSERT_EQ(object.spec.agents.size(), 2U);
  AgentSpec writer;
  writer.container.name = "writer";
  writer.container.image = "registry.example/writer:1.0";
  writer.container.command = {"/bin/writer", "--flag"};
  writer.container.args = {"one", ""};
  writer.container.env = {{.name = "PLAIN", .value = "text", .value_from = {}},
                          {.name = "TOKEN",
                           .value = "",
                           .value_from = {R"({"secretKeyRef":{"key":"writer","name":"tokens"}})"}}};
  writer.container.env_from = {R"([{"configMapRef":{"name":"settings"}}])"};
  writer.container.ports = {R"([{"containerPort":8080,"protocol":"TCP"}])"};
  writer.container.resources = {.limits = {{"cpu", "2"}, {"memory", "4Gi"}},
                                .requests = {{"cpu", "200m"}, {"memory", "1073741824"}}};
  writer.container.volume_mounts = {
      {.name = "cache", .mount_path = "/cache", .sub_path = "writer", .read_only = true}};
  writer.settings = {.model = "large",
                     .config = {{"model", "small"}, {"tone", "plain"}},
                     .tools = {{"read", "write"}},
                     .temperature = {"0.7"},
                     .max_output_tokens = 4096};
  EXPECT_EQ(object.spec.agents[0], writer);
  AgentSpec critic;
  critic.container.name = "critic";
  critic.settings.tools.emplace();  // none, which is not the same as nothing said
  EXPECT_EQ(object.spec.agents[1], critic);
}

TEST(SessionTemplateJson, ReadsParametersAndOverrides) {
  const auto object = read_sample();
  const std::vector<ParameterSpec> parameters{
      {.name = "REPOSITORY", .default_value = {}, .required = true, .pattern = "https://.*"},
      {.name = "BRANCH", .default_value = "", .required = false, .pattern = ""}};
  EXPECT_EQ(object.spec.parameters, parameters);
  EXPECT_EQ(object.spec.overrides, (std::vector<std::string>{"model", "contextFrom"}));
}

TEST(SessionTemplateJson, ReadsTheDefaultsForSessions) {
  const auto object = read_sample();
  const SessionResources resources{
      .cpu = "2", .memory = "4Gi", .requests_cpu = "500m", .requests_memory = "1Gi"};
  EXPECT_EQ(object.spec.resources, resources);
  ASSERT_TRUE(object.spec.storage);
  EXPECT_EQ(object.spec.storage->size, "2Gi");
  EXPECT_EQ(object.spec.storage->retention.when_deleted, RetentionPolicy::Delete);
  EXPECT_EQ(object.spec.storage->retention.retain_for_seconds, 3600);
  const RetryPolicy retry{.limit = 1, .initial_seconds = 5, .max_seconds = 50};
  EXPECT_EQ(object.spec.retry_policy, retry);
  EXPECT_EQ(object.spec.start_timeout_seconds, 90);
  EXPECT_EQ(object.spec.pod_retention_seconds, 60);
  EXPECT_EQ(object.spec.ttl.after_idle_seconds, 1800);
  EXPECT_EQ(object.spec.ttl.max_lifetime_seconds, 3600);
  EXPECT_EQ(object.spec.limits.active_deadline_seconds, 900);
  EXPECT_EQ(object.spec.reporting, Reporting::None);
}

TEST(SessionTemplateJson, ReadsThePodTemplate) {
  const auto object = read_sample();
  PodTemplate expected;
  expected.labels = {{"tier", "agents"}};
  expected.annotations = {{"note", "hello"}};
  PodTemplateSpec& spec = expected.spec;
  spec.node_selector = {{"disk", "ssd"}};
  spec.affinity = {R"({"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[]}})"};
  spec.tolerations = {R"([{"key":"gpu","operator":"Exists"}])"};
  spec.topology_spread_constraints = {
      R"([{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}])"};
  spec.runtime_class_name = "sandbox";
  spec.service_account_name = "agents";
  spec.priority_class_name = "low";
  spec.security = {.run_as_user = 20001,
                   .run_as_group = 20002,
                   .fs_group = 20003,
                   .run_as_non_root = true,
                   .fs_group_change_policy = "OnRootMismatch",
                   .supplemental_groups = {5, 6},
                   .seccomp_profile = {R"({"type":"RuntimeDefault"})"}};
  spec.volumes = {
      {.name = "cache", .source = {R"({"emptyDir":{"sizeLimit":"1Gi"},"name":"cache"})"}}};
  spec.init_containers.resize(1);
  spec.init_containers[0].name = "fetch";
  spec.init_containers[0].image = "registry.example/fetch:1";
  spec.sidecars.resize(1);
  spec.sidecars[0].name = "proxy";
  spec.sidecars[0].image = "registry.example/proxy:1";
  spec.image_pull_secrets = {"registry"};
  spec.termination_grace_period_seconds = 20;
  EXPECT_EQ(object.spec.pod_template, expected);
}

TEST(SessionTemplateJson, ReadsTheStatus) {
  const auto object = read_sample();
  EXPECT_EQ(object.status.observed_generation, 7);
  ASSERT_EQ(object.status.conditions.size(), 1U);
  EXPECT_EQ(object.status.conditions[0].type, "Accepted");
}

TEST(SessionTemplateJson, TheSpecTextIsCanonicalAndReadsBackTheSame) {
  const auto object = read_sample();
  const auto golden = nlohmann::json::parse(read_golden("session_template.json"));
  EXPECT_EQ(object.spec_text.text, golden["spec"].dump());
  const auto again = decode_session_template_spec(object.spec_text.text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, object.spec);
}

TEST(SessionTemplateJson, TheSpecTextDoesNotDependOnOrderOrSpaceButKeepsUnknownFields) {
  const auto one = decode_session_template(
      R"({"metadata":{"name":"t"},"spec":{"later":{"b":1,"a":2},"agents":[{"name":"x"}]}})");
  const auto other = decode_session_template(
      R"({"spec": {"agents": [ {"name": "x"} ], "later": {"a": 2, "b": 1}}, "metadata": {"name": "t"}})");
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->spec_text.text, R"({"agents":[{"name":"x"}],"later":{"a":2,"b":1}})");
  EXPECT_EQ(one->spec_text, other->spec_text);
}

TEST(SessionTemplateJson, WhatIsMissingIsUnset) {
  const auto object = decode_session_template(R"({"metadata":{"name":"t"}})");
  ASSERT_TRUE(object) << object.error().message;
  SessionTemplate expected;
  expected.meta.name = "t";
  EXPECT_EQ(*object, expected);
}

TEST(SessionTemplateJson, AModeOfANewerVersionIsUnknown) {
  const auto object = decode_session_template(
      R"({"metadata":{"name":"t"},"spec":{"reporting":{"mode":"Telepathy"}}})");
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(object->spec.reporting, Reporting::Unknown);
}

TEST(SessionTemplateJson, ABrokenSpecIsRefusedByName) {
  const auto object = decode_session_template(
      R"({"metadata":{"name":"t"},"spec":{"agents":[{"name":"x"},{"name":"y","env":[{"name":7}]}]}})");
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().message,
            "decode SessionTemplate t: spec.agents[1].env[0].name: expected a string");
  const auto spec = decode_session_template_spec(R"({"agents":{}})");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().message, "decode a SessionTemplate's spec: agents: expected a list");
}

}  // namespace
}  // namespace sojourn::api
