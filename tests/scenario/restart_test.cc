// The operator is killed, its answers are lost, its caches lag, the API server loses its memory:
// every run comes to the same end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;

std::size_t count_of(const Stage& stage, std::string_view plural) {
  std::size_t count = 0;
  for (const auto& object : stage.server.list(plural)) {
    count += object["metadata"]["name"].get<std::string>().starts_with("chat-") ? 1 : 0;
  }
  return count;
}

// A cold start in which write number `at` meets that fate.
void start_with_fault(fake::Fate fate, int at, bool restart) {
  SCOPED_TRACE("fate " + std::to_string(static_cast<int>(fate)) + " at write " +
               std::to_string(at));
  Stage stage;
  stage.apply_template();
  stage.settle();
  int writes = 0;
  stage.server.decide_fate([&](const fake::Call& call) {
    const auto text = fake::Record{call, 0}.text();
    const bool write =
        text.starts_with("create ") || text.starts_with("patch ") || text.starts_with("delete ");
    return write && writes++ == at ? fate : fake::Fate::Delivered;
  });
  stage.apply_session(Stage::storage());
  stage.reconcile();
  if (restart) stage.restart_operator();
  stage.pass(seconds(3));
  stage.server.carry_out_late();
  stage.pass(seconds(3));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(count_of(stage, "pods"), 1u);
  EXPECT_EQ(count_of(stage, "persistentvolumeclaims"), 1u);
  stage.writes();
  stage.pass(minutes(2));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST(Restart, S1_S2_AColdStartComesToTheSameEndWhateverBecomesOfAnyOfItsWrites) {
  for (const auto fate : {fake::Fate::LostBefore, fake::Fate::LostAfter,
                          fake::Fate::CarriedOutLater, fake::Fate::DeliveredTwice}) {
    for (int at = 0; at < 4; ++at) {
      start_with_fault(fate, at, false);
      start_with_fault(fate, at, true);
    }
  }
}

TEST(Restart, ANewProcessWritesNothingWhenNothingIsToBeDone) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  stage.writes();
  stage.restart_operator();
  stage.settle();
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST(Restart, S8_WhileItsCachesLagItMakesNothingTwice) {
  for (const auto* plural : {"pods", "persistentvolumeclaims", "sessions"}) {
    SCOPED_TRACE(plural);
    Stage stage;
    stage.apply_template();
    stage.settle();
    stage.server.hold_watches(plural);
    stage.apply_session(Stage::storage());
    stage.reconcile();
    stage.server.release_watches(plural);
    stage.settle();
    EXPECT_EQ(stage.state(), "READY");
    EXPECT_EQ(stage.writes().size(), 4u);
  }
}

TEST(Restart, AWipedStatusConvergesToTheSameObjects) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  const auto pod = stage.pod()["metadata"]["uid"];
  const auto claim = stage.claim()["metadata"]["uid"];
  stage.server.edit("sessions", "team", "chat", [](json& session) { session.erase("status"); });
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.pod()["metadata"]["uid"], pod);
  EXPECT_EQ(stage.claim()["metadata"]["uid"], claim);
}

TEST(Restart, ABackoffIsKeptOverARestart) {
  Stage stage;
  stage.apply_template();
  stage.apply_session();
  stage.settle();
  stage.cluster.fail_pod("team", stage.child());
  stage.reconcile();
  const auto next = stage.session()["status"]["nextAttemptTime"];
  stage.restart_operator();
  stage.pass(seconds(5));
  EXPECT_EQ(stage.state(), "ERROR");
  EXPECT_EQ(stage.session()["status"]["nextAttemptTime"], next);
  stage.pass(seconds(8));
  EXPECT_EQ(stage.state(), "READY");
}

TEST(Restart, WatchesThatBreakAndHistoryThatIsGoneLoseNothing) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  stage.server.cut_watches();
  stage.server.compact();
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.pass(seconds(60));
  EXPECT_EQ(stage.state(), "IDLE");
}

TEST(Restart, S5_ASessionMadeAgainUnderItsOldNameGetsAPodAndAClaimOfItsOwn) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  const auto claim = stage.claim()["metadata"]["uid"];
  stage.user.remove("sessions", "team", "chat");
  stage.apply_session(Stage::storage());
  stage.settle();
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_NE(stage.session()["status"]["volume"]["claimUID"], claim);
  EXPECT_EQ(count_of(stage, "persistentvolumeclaims"), 2u) << "the retained one and the new one";
}

TEST(Restart, S43_APoisonSessionDegradesItselfAlone) {
  Stage stage;
  stage.apply_template();
  stage.apply_session(Stage::storage());
  stage.settle();
  stage.user.create(json::parse(R"({"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
    "metadata": {"namespace": "team", "name": "poison"}, "spec": {"templateRef": {"name": "claude"}}})"));
  stage.server.edit("sessions", "team", "poison", [](json& session) {
    session["spec"]["ttl"] = {{"maxLifetimeSeconds", "soon"}};
  });
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.settle();
  EXPECT_EQ(stage.state(), "IDLE");
}

}  // namespace
}  // namespace sojourn::scenario
