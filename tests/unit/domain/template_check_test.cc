#include "sojourn/domain/template_check.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace sojourn::domain::test {
namespace {

using Spec = api::SessionTemplateSpec;

api::AgentSpec agent(std::string name) {
  api::AgentSpec made;
  made.container.name = std::move(name);
  made.container.image = "agent:1";
  return made;
}

// A template with something of everything that is checked.
Spec good() {
  Spec spec;
  spec.agents = {agent("coder"), agent("tester")};
  spec.agents[0].container.env = {{"API_URL", "http://x", {}}};
  spec.agents[0].container.volume_mounts = {{"cache", "/cache", "", false}};
  spec.agents[1].container.resources = {{{"cpu", "1"}, {"memory", "1Gi"}}, {{"cpu", "500m"}}};
  spec.resources = {"2", "4Gi", "200m", "1Gi"};
  spec.storage = api::StorageSpec{};
  spec.storage->size = "10Gi";
  auto& pod = spec.pod_template.spec;
  pod.volumes = {{"cache", {R"({"name":"cache","emptyDir":{}})"}}};
  pod.init_containers = {agent("prepare").container};
  pod.sidecars = {agent("proxy").container};
  pod.sidecars[0].volume_mounts = {{"cache", "/cache", "", true}, {"workspace", "/w", "", true}};
  return spec;
}

struct Row {
  std::function<void(Spec&)> spoil;
  std::string problem;
};

void expect_problems(const std::vector<Row>& rows) {
  for (const auto& [spoil, problem] : rows) {
    auto spec = good();
    spoil(spec);
    EXPECT_EQ(check_template(spec, "").value_or("none"), problem);
  }
}

TEST(TemplateCheck, AGoodTemplateHasNoProblem) {
  EXPECT_EQ(check_template(good(), ""), std::nullopt);
  Spec small;
  small.agents = {agent("a")};
  EXPECT_EQ(check_template(small, ""), std::nullopt);
}

TEST(TemplateCheck, AnImageIsTheAgentsOwnOrTheOperatorsDefault) {
  auto spec = good();
  spec.agents[1].container.image.clear();
  EXPECT_EQ(check_template(spec, "default:1"), std::nullopt);
  EXPECT_EQ(check_template(spec, "").value_or("none"),
            "agent \"tester\" has no image; set agents[].image, or start the operator with "
            "--default-agent-image");
}

TEST(TemplateCheck, SaysWhatIsWrongWithNames) {
  expect_problems(
      {{[](Spec& s) { s.agents.clear(); }, "it has no agents; add at least one to agents[]"},
       {[](Spec& s) { s.agents[1].container.name = "coder"; },
        "two containers are called \"coder\"; agents, initContainers and sidecars need names of "
        "their own"},
       {[](Spec& s) { s.pod_template.spec.sidecars[0].name = "tester"; },
        "two containers are called \"tester\"; agents, initContainers and sidecars need names of "
        "their own"},
       {[](Spec& s) { s.reporting = api::Reporting::Unknown; },
        "reporting.mode is a word of a newer version; upgrade the operator or leave it out"}});
}

TEST(TemplateCheck, SaysWhatIsWrongWithVolumesAndMounts) {
  expect_problems(
      {{[](Spec& s) {
          s.pod_template.spec.volumes.push_back({"workspace", {}});
        },
        "volume \"workspace\" has a reserved name; rename it"},
       {[](Spec& s) {
          s.pod_template.spec.volumes.push_back({"sojourn-context", {}});
        },
        "volume \"sojourn-context\" has a reserved name; rename it"},
       {[](Spec& s) {
          s.pod_template.spec.volumes.push_back({"cache", {}});
        },
        "two volumes are called \"cache\"; rename one"},
       {[](Spec& s) { s.agents[0].container.volume_mounts[0].name = "cash"; },
        "container \"coder\" mounts the volume \"cash\", which podTemplate.spec.volumes does not "
        "have"},
       {[](Spec& s) { s.agents[0].container.volume_mounts[0].mount_path = "/workspace"; },
        "agent \"coder\" mounts two volumes at \"/workspace\" (the workspace is mounted at "
        "\"/workspace\"); choose another mountPath"},
       {[](Spec& s) { s.storage->mount_path = "/cache"; },
        "agent \"coder\" mounts two volumes at \"/cache\" (the workspace is mounted at "
        "\"/cache\"); choose another mountPath"},
       {[](Spec& s) { s.agents[0].container.volume_mounts[0].mount_path = "/sojourn/context"; },
        "agent \"coder\" mounts two volumes at \"/sojourn/context\" (the workspace is mounted at "
        "\"/workspace\"); choose another mountPath"}});
}

TEST(TemplateCheck, VariablesOfTheOperatorsOwnMayNotBeSet) {
  expect_problems({{[](Spec& s) { s.agents[0].container.env[0].name = "SESSION_ID"; },
                    "agent \"coder\" sets \"SESSION_ID\"; names that begin with SESSION_ are set "
                    "by the operator"}});
}

TEST(TemplateCheck, SaysWhatIsWrongWithQuantities) {
  expect_problems(
      {{[](Spec& s) { s.resources.cpu = "two"; },
        "resources: \"two\" is no quantity of cpu; write for example 500m or 1Gi"},
       {[](Spec& s) { s.resources.memory = "4GB"; },
        "resources: \"4GB\" is no quantity of memory; write for example 500m or 1Gi"},
       {[](Spec& s) { s.resources.requests_memory = "5Gi"; },
        "resources: the request of memory (5Gi) is larger than its limit (4Gi)"},
       {[](Spec& s) { s.agents[1].container.resources.requests["cpu"] = "1001m"; },
        "container \"tester\": the request of cpu (1001m) is larger than its limit (1)"},
       {[](Spec& s) { s.agents[1].container.resources.requests["nvidia.com/gpu"] = "some"; },
        "container \"tester\": \"some\" is no quantity of nvidia.com/gpu; write for example 500m "
        "or 1Gi"},
       {[](Spec& s) { s.pod_template.spec.sidecars[0].resources.limits["memory"] = "-1"; },
        "container \"proxy\": \"-1\" is no quantity of memory; write for example 500m or 1Gi"},
       {[](Spec& s) { s.storage->size = "much"; },
        "storage.size \"much\" is no quantity; write for example 10Gi"}});
}

TEST(TemplateCheck, AQuantityMayBeLeftOut) {
  auto spec = good();
  spec.resources.memory.clear();
  spec.resources.requests_memory = "5Gi";
  spec.storage->size.reset();
  EXPECT_EQ(check_template(spec, ""), std::nullopt);
}

// The Session may ask for the volume that the template only mounts, and say where.
TEST(TemplateCheck, TheVolumeOfASessionFitsTheMountsOrNot) {
  auto spec = good();
  spec.storage.reset();
  EXPECT_EQ(check_template(spec, ""), std::nullopt);
  Policy policy;
  EXPECT_EQ(check_volume_fits(spec, policy),
            "container \"proxy\" mounts the volume \"workspace\", but neither the template nor the "
            "Session asks for storage; set spec.storage of either");
  auto mounts_nothing_of_it = spec;
  mounts_nothing_of_it.pod_template.spec.sidecars.clear();
  EXPECT_EQ(check_volume_fits(mounts_nothing_of_it, policy), std::nullopt);
  policy.storage = StoragePolicy{"1Gi", {}, "ReadWriteOncePod", "/workspace"};
  EXPECT_EQ(check_volume_fits(spec, policy), std::nullopt);
  policy.storage->mount_path = "/cache";
  EXPECT_EQ(check_volume_fits(spec, policy),
            "agent \"coder\" mounts a volume at \"/cache\", where the workspace is mounted, too; "
            "choose another storage.mountPath");
}

}  // namespace
}  // namespace sojourn::domain::test
