#include "sojourn/api/json/pod_json.h"

#include <gtest/gtest.h>

#include "sojourn/base/timestamp.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

ObjectMeta sample_meta() {
  ObjectMeta meta;
  meta.name = "notes-aaaaaaaaaa";
  meta.namespace_ = "team-a";
  meta.labels = {{"sojourn.dev/session", "notes"}};
  meta.annotations = {{"sojourn.dev/prompt", "hi"}};
  meta.owner_references = {{.api_version = "sojourn.dev/v1alpha1",
                            .kind = "Session",
                            .name = "notes",
                            .uid = "session-1",
                            .controller = true}};
  return meta;
}

Condition condition(const std::string& type, ConditionStatus status, const std::string& reason,
                    std::string_view since) {
  Condition made;
  made.type = type;
  made.status = status;
  made.reason = reason;
  made.last_transition_time = parse_timestamp(since);
  return made;
}

ContainerStatus container_status(const std::string& name) {
  ContainerStatus made;
  made.name = name;
  return made;
}

TEST(PodJson, ReadsWhatDecidesAndNothingElse) {
  const auto pod = decode_pod(read_golden("pod.json"));
  ASSERT_TRUE(pod) << pod.error().message;
  Pod expected;
  expected.meta = sample_meta();
  expected.meta.annotations = {{"sojourn.dev/template-revision", "agents-1"}};  // no content
  expected.meta.uid = "pod-1";
  expected.meta.resource_version = "900";
  expected.meta.creation_timestamp = parse_timestamp("2026-01-02T03:04:06Z");
  expected.spec.node_name = "node-1";
  expected.status.phase = PodPhase::Failed;
  expected.status.reason = "Evicted";
  expected.status.message = "The node was low on resource: memory.";
  expected.status.conditions = {
      condition("Ready", ConditionStatus::False, "PodFailed", "2026-01-02T03:04:09Z"),
      condition("PodScheduled", ConditionStatus::True, "", "2026-01-02T03:04:06Z")};
  ContainerStatus agent = container_status("agent");
  agent.restart_count = 2;
  agent.started_at = parse_timestamp("2026-01-02T03:04:08Z");
  agent.terminated = TerminatedState{.exit_code = 137, .reason = "OOMKilled"};
  agent.last_terminated = TerminatedState{.exit_code = 1, .reason = "Error"};
  ContainerStatus critic = container_status("critic");
  critic.ready = true;
  critic.started_at = parse_timestamp("2026-01-02T03:04:07Z");
  expected.status.containers = {agent, critic};
  ContainerStatus fetch = container_status("fetch");
  fetch.waiting_reason = "ImagePullBackOff";
  fetch.waiting_message = "Back-off pulling image";
  expected.status.init_containers = {fetch};
  EXPECT_EQ(*pod, expected);
}

TEST(PodJson, APodWithoutStatusIsPending) {
  const auto pod = decode_pod(R"({"metadata":{"name":"p"}})");
  ASSERT_TRUE(pod) << pod.error().message;
  Pod expected;
  expected.meta.name = "p";
  EXPECT_EQ(*pod, expected);
  EXPECT_EQ(pod->status.phase, PodPhase::Pending);
}

TEST(PodJson, APhaseOfANewerVersionIsUnknown) {
  const auto pod = decode_pod(R"({"metadata":{"name":"p"},"status":{"phase":"Frozen"}})");
  ASSERT_TRUE(pod) << pod.error().message;
  EXPECT_EQ(pod->status.phase, PodPhase::Unknown);
}

Container sample_agent() {
  Container agent;
  agent.name = "agent";
  agent.image = "registry.example/agent:1";
  agent.command = {"/bin/agent"};
  agent.args = {"--once"};
  agent.env = {{.name = "PLAIN", .value = "text", .value_from = {}},
               {.name = "EMPTY", .value = "", .value_from = {}},
               {.name = "TOKEN",
                .value = "",
                .value_from = {R"({"secretKeyRef":{"name":"tokens","key":"writer"}})"}}};
  agent.env_from = {R"([{"configMapRef":{"name":"settings"}}])"};
  agent.ports = {R"([{"containerPort":8080}])"};
  agent.resources = {.limits = {{"cpu", "2"}}, .requests = {{"cpu", "200m"}}};
  agent.volume_mounts = {
      {.name = "workspace", .mount_path = "/workspace", .sub_path = "", .read_only = false},
      {.name = "cache", .mount_path = "/cache", .sub_path = "agent", .read_only = true}};
  agent.security = ContainerSecurity{};
  return agent;
}

Pod sample_pod() {
  Pod pod;
  pod.meta = sample_meta();
  PodSpec& spec = pod.spec;
  spec.containers = {sample_agent()};
  Container proxy;
  proxy.name = "proxy";
  proxy.image = "registry.example/proxy:1";
  proxy.restart_policy = "Always";
  spec.init_containers = {proxy};
  spec.volumes = {
      {"workspace", ClaimVolume{"notes-aaaaaaaaaa"}},
      {"sojourn-context", FileVolume{.annotations = {{"prompt.txt", "sojourn.dev/prompt"}},
                                     .config_maps = {{"context.json", "weeks", "3"}}}},
      {"cache", JsonText{R"({"name":"cache","emptyDir":{"sizeLimit":"1Gi"}})"}}};
  spec.restart_policy = "Always";
  spec.service_account_name = "agents";
  spec.priority_class_name = "low";
  spec.runtime_class_name = "sandbox";
  spec.node_selector = {{"disk", "ssd"}};
  spec.affinity = {R"({"nodeAffinity":{}})"};
  spec.tolerations = {R"([{"key":"gpu","operator":"Exists"}])"};
  spec.topology_spread_constraints = {
      R"([{"topologyKey":"zone","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule"}])"};
  spec.security = {.run_as_user = 10001,
                   .run_as_group = 10001,
                   .fs_group = 10001,
                   .run_as_non_root = true,
                   .fs_group_change_policy = "OnRootMismatch",
                   .supplemental_groups = {5},
                   .seccomp_profile = {R"({"type":"RuntimeDefault"})"}};
  spec.image_pull_secrets = {"registry"};
  spec.termination_grace_period_seconds = 20;
  return pod;
}

TEST(PodJson, WritesAWholePod) {
  const auto text = encode_pod(sample_pod());
  ASSERT_TRUE(text) << text.error().message;
  expect_same_json(*text, read_golden("pod_created.json"));
}

TEST(PodJson, AnEmptyPodStillRefusesTokensAndServiceLinks) {
  Pod pod;
  pod.meta.name = "p";
  const auto text = encode_pod(pod);
  ASSERT_TRUE(text) << text.error().message;
  expect_same_json(*text, R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},
                              "spec":{"automountServiceAccountToken":false,"enableServiceLinks":false}})");
}

TEST(PodJson, WhatIsWrittenReadsBackItsIdentity) {
  const auto text = encode_pod(sample_pod());
  ASSERT_TRUE(text) << text.error().message;
  const auto again = decode_pod(*text);
  ASSERT_TRUE(again) << again.error().message;
  auto expected = sample_meta();
  expected.annotations.clear();  // the prompt is for the agents
  EXPECT_EQ(again->meta, expected);
}

TEST(PodJson, EveryTextThatDoesNotParseIsOurOwnMistake) {
  using Break = void (*)(PodSpec&, const JsonText&);
  const std::vector<std::pair<std::string, Break>> places = {
      {"spec.containers[0].env.valueFrom",
       [](PodSpec& spec, const JsonText& bad) { spec.containers[0].env[0].value_from = bad; }},
      {"spec.containers[0].envFrom",
       [](PodSpec& spec, const JsonText& bad) { spec.containers[0].env_from = bad; }},
      {"spec.initContainers[0].ports",
       [](PodSpec& spec, const JsonText& bad) { spec.init_containers[0].ports = bad; }},
      {"spec.volumes[2]", [](PodSpec& spec, const JsonText& bad) { spec.volumes[2].source = bad; }},
      {"spec.affinity", [](PodSpec& spec, const JsonText& bad) { spec.affinity = bad; }},
      {"spec.tolerations", [](PodSpec& spec, const JsonText& bad) { spec.tolerations = bad; }},
      {"spec.topologySpreadConstraints",
       [](PodSpec& spec, const JsonText& bad) { spec.topology_spread_constraints = bad; }},
      {"spec.securityContext.seccompProfile",
       [](PodSpec& spec, const JsonText& bad) { spec.security.seccomp_profile = bad; }}};
  for (const auto& [path, spoil] : places) {
    Pod pod = sample_pod();
    spoil(pod.spec, {"{\"a\":"});
    const auto text = encode_pod(pod);
    ASSERT_FALSE(text) << path;
    EXPECT_EQ(text.error().code, ErrorCode::Internal);
    EXPECT_TRUE(text.error().message.starts_with("encode Pod team-a/notes-aaaaaaaaaa: " + path +
                                                 ": not a JSON text"))
        << text.error().message;
  }
}

TEST(PodJson, AVolumeTextMustBeAnObject) {
  Pod pod = sample_pod();
  pod.spec.volumes[2].source = JsonText{"[]"};
  const auto text = encode_pod(pod);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message,
            "encode Pod team-a/notes-aaaaaaaaaa: spec.volumes[2]: expected an object");
}

}  // namespace
}  // namespace sojourn::api
