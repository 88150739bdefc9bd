// An operator that serves some namespaces only (--namespaces).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using testing::IsEmpty;

json named(const char* kind, const char* space, const char* name, const json& spec) {
  return {{"apiVersion", "sojourn.dev/v1alpha1"},
          {"kind", kind},
          {"metadata", {{"namespace", space}, {"name", name}}},
          {"spec", spec}};
}

class Namespaces : public testing::Test {
 protected:
  void populate(const char* space) {
    if (space != std::string_view("team")) {
      stage.user.create(
          {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", space}}}});
    }
    const json agents = {{"agents", {{{"name", "agent"}, {"image", "agent:1"}}}}};
    stage.user.create(named("SessionTemplate", space, "claude", agents));
    stage.user.create(named("Session", space, "talk",
                            {{"templateRef", {{"name", "claude"}}}, {"storage", json::object()}}));
  }
  std::string state_in(const char* space) {
    const auto session = stage.server.get("sessions", space, "talk").value_or(json::object());
    return session.value("status", json::object()).value("state", "none");
  }

  Stage stage{{.namespaces = {"team", "lab"}}};
};

TEST_F(Namespaces, AreServedAloneAndNothingIsAskedOfTheWholeCluster) {
  populate("team");
  populate("lab");
  populate("elsewhere");
  stage.settle();
  EXPECT_EQ(state_in("team"), "READY");
  EXPECT_EQ(state_in("lab"), "READY");
  EXPECT_EQ(state_in("elsewhere"), "none");
  for (const auto& record : stage.server.records()) {
    EXPECT_TRUE(record.call.namespace_ == "team" || record.call.namespace_ == "lab")
        << record.text();
  }
}

TEST_F(Namespaces, ARestartOrALostHistoryOfOneDisturbsNone) {
  populate("team");
  populate("lab");
  stage.settle();
  stage.writes();
  stage.restart_operator();
  stage.settle();
  stage.server.compact();
  stage.server.cut_watches();
  stage.pass(minutes(2));
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.user.remove("sessions", "lab", "talk");
  stage.settle();
  EXPECT_EQ(state_in("team"), "READY");
  EXPECT_EQ(state_in("lab"), "none");
}

}  // namespace
}  // namespace sojourn::scenario
