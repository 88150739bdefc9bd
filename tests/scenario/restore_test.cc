// S30: the API server's store is restored from a backup while the operator runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Restore : public testing::Test {
 protected:
  Restore() { stage.apply_template(); }
  void start() {
    stage.apply_session(Stage::storage());
    stage.settle();
    ASSERT_EQ(stage.state(), "READY");
  }
  // So many versions that no cache may take what comes after the backup for what came before.
  void grow() {
    touch(50);
    stage.settle();
  }
  void touch(int times) {
    for (int i = 0; i < times; ++i) stage.patch_session({{"startTimeoutSeconds", 300 + i}});
  }
  // The backup is put back and everything is done anew; nothing is asked twice.
  void expect_rest() {
    stage.writes();
    stage.pass(minutes(5));
    EXPECT_THAT(stage.writes(), IsEmpty());
  }

  Stage stage;
};

TEST_F(Restore, ASessionThatWasGoneLivesAgainAndNothingOfItIsDeleted) {
  start();
  const auto backup = stage.server.backup();
  const auto pod = stage.pod()["metadata"]["uid"];
  const auto claim = stage.claim()["metadata"]["uid"];
  grow();
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  ASSERT_TRUE(stage.pod().is_null());
  stage.writes();
  stage.server.restore(backup);
  stage.pass(minutes(2));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.pod()["metadata"]["uid"], pod);
  EXPECT_EQ(stage.claim()["metadata"]["uid"], claim);
  for (const auto& write : stage.writes()) EXPECT_THAT(write, Not(HasSubstr("delete")));
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.pass(seconds(5));
  EXPECT_EQ(stage.state(), "IDLE") << "it is driven again";
}

// A write finds the Session gone, and before the cache hears of it time is turned back.
TEST_F(Restore, ASessionThatIsRememberedAsGoneIsDrivenAgain) {
  start();
  const auto backup = stage.server.backup();
  stage.server.hold_watches("sessions");
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  stage.server.release_watches("sessions");
  stage.server.restore(backup);
  stage.cluster.fail_pod("team", stage.child());
  stage.pass(minutes(1));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.session()["status"].value("attempts", 0), 1);
  expect_rest();
}

TEST_F(Restore, NothingIsWrittenBeforeTheLastCacheHasReadAnew) {
  start();
  const auto backup = stage.server.backup();
  grow();
  stage.writes();
  stage.server.restore(backup);
  // What the operator's pods and claims are it cannot find out.
  stage.server.refuse_with([](const fake::Call& call) -> std::optional<kube::Response> {
    const bool reads = call.verb == "list" || call.verb == "watch";
    if (!reads || call.kind->plural != "persistentvolumeclaims") return std::nullopt;
    kube::Response response;
    response.status = 500;
    return response;
  });
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.user.remove("sessiontemplates", "team", "claude");
  stage.pass(minutes(5));
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_EQ(stage.state(), "READY");
  stage.server.refuse_with({});
  stage.pass(minutes(1));
  EXPECT_EQ(stage.state(), "IDLE");
}

TEST_F(Restore, OfAStateFromBeforeTheStartOneClaimAndOnePodAreMade) {
  stage.apply_session(Stage::storage());
  const auto backup = stage.server.backup();
  stage.settle();
  grow();
  stage.server.restore(backup);
  stage.pass(minutes(2));
  EXPECT_EQ(stage.state(), "READY");
  EXPECT_EQ(stage.server.list("pods").size(), 1u);
  EXPECT_EQ(stage.server.list("persistentvolumeclaims").size(), 1u);
  expect_rest();
}

// One cache alone sees the versions go back: what happened since has carried the others past it.
TEST_F(Restore, EachCacheReadsAnewThoughOnlyOneCanSeeWhy) {
  start();
  const auto backup = stage.server.backup();
  stage.server.erase("pods", "team", stage.child());
  grow();
  stage.server.restore(backup);
  touch(10);
  stage.pass(minutes(1));
  EXPECT_EQ(stage.state(), "READY");
  expect_rest();
}

}  // namespace
}  // namespace sojourn::scenario
