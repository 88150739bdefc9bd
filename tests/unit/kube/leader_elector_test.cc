#include "sojourn/kube/leader_elector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "sojourn/api/json/lease_json.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LeaderElectorTest : public testing::Test {
 protected:
  LeaderElectorTest() { make(); }

  void make() {
    elector_ = std::make_unique<LeaderElector>(
        LeaderElector::Options{
            {"ns", "sojourn-operator"}, "me", [this] { ++started_; }, [this] { ++lost_; }},
        transport_, clock_, random_, telemetry_, Logger());
  }
  // The Lease as the server would send it.
  std::string lease(const std::string& holder, int version, int renewal = 0) {
    auto record = new_lease("ns", "sojourn-operator", holder, Time{seconds(renewal)});
    record.meta.resource_version = std::to_string(version);
    return api::encode_lease(record);
  }
  void become_leader() {
    transport_.then(404, status_json(404, "NotFound", "not found"));
    transport_.then(201, lease("me", 1));
    elector_->step({});
    ASSERT_EQ(started_, 1);
  }
  Error down() { return {ErrorCode::Unavailable, "connection refused"}; }
  double gauge() {
    return telemetry_.value(R"(leader_election_master_status{name="sojourn-operator"})");
  }

  fake::FakeClock clock_;
  SeededRandom random_{1};
  fake::CountingTelemetry telemetry_;
  fake::ScriptedTransport transport_;
  std::atomic<int> started_{0};
  std::atomic<int> lost_{0};
  std::unique_ptr<LeaderElector> elector_;
};

TEST_F(LeaderElectorTest, MakesTheLeaseWhenThereIsNoneAndLeads) {
  EXPECT_FALSE(elector_->holds());
  become_leader();
  EXPECT_TRUE(elector_->holds());
  EXPECT_EQ(gauge(), 1);
  EXPECT_EQ(transport_.last().method, Method::Post);
  EXPECT_LE(transport_.last().deadline, seconds(5));
}

TEST_F(LeaderElectorTest, WaitsForAnotherAndTakesTheLeaseFifteenSecondsAfterItsLastSign) {
  transport_.then(200, lease("other", 1, 0));
  const auto delay = elector_->step({});
  EXPECT_GE(delay, seconds(1));
  EXPECT_LE(delay, milliseconds(1500)) << "a killed leader is replaced within 17 s";
  clock_.advance(seconds(14));
  transport_.then(200, lease("other", 2, 14));  // a sign of life
  elector_->step({});
  clock_.advance(milliseconds(14'300));
  transport_.then(200, lease("other", 2, 14));
  EXPECT_EQ(elector_->step({}), milliseconds(700)) << "looks again as the Lease runs out";
  EXPECT_EQ(started_, 0);
  clock_.advance(milliseconds(700));
  transport_.then(200, lease("other", 2, 14));
  transport_.then(200, lease("me", 3));
  elector_->step({});
  EXPECT_EQ(started_, 1);
  EXPECT_EQ(transport_.last().method, Method::Patch);
  EXPECT_NE(transport_.last().body.find(R"("resourceVersion":"2")"), std::string::npos);
}

TEST_F(LeaderElectorTest, TakesAReleasedLeaseAtOnce) {
  transport_.then(200, lease("", 5));
  transport_.then(200, lease("me", 6));
  elector_->step({});
  EXPECT_EQ(started_, 1);
}

TEST_F(LeaderElectorTest, TheLoserOfARaceWaits) {
  transport_.then(404, status_json(404, "NotFound", "m"));
  transport_.then(409, status_json(409, "AlreadyExists", "m"));
  elector_->step({});
  EXPECT_EQ(started_, 0);
  EXPECT_FALSE(elector_->holds());
  transport_.then(200, lease("", 5));
  transport_.then(409, status_json(409, "Conflict", "m"));
  elector_->step({});
  EXPECT_EQ(started_, 0);
}

TEST_F(LeaderElectorTest, RenewsEveryTwoSecondsWithoutReading) {
  become_leader();
  for (int i = 2; i < 20; ++i) {
    clock_.advance(seconds(2));
    transport_.then(200, lease("me", i, i));
    EXPECT_EQ(elector_->step({}), seconds(2));
    EXPECT_EQ(transport_.last().method, Method::Patch);
    EXPECT_TRUE(elector_->holds());
  }
  EXPECT_EQ(transport_.requests().size(), 20U);
  EXPECT_EQ(lost_, 0);
}

TEST_F(LeaderElectorTest, AnOutageShorterThanTheDeadlineIsSurvived) {
  become_leader();
  for (int i = 0; i < 4; ++i) {
    clock_.advance(seconds(2));
    transport_.then(down());
    elector_->step({});
    EXPECT_TRUE(elector_->holds());
  }
  // The last call may not outlast the lead.
  EXPECT_EQ(transport_.last().deadline, seconds(2));
  clock_.advance(seconds(1));
  transport_.then(200, lease("me", 2, 9));
  elector_->step({});
  EXPECT_TRUE(elector_->holds());
  EXPECT_EQ(lost_, 0);
}

TEST_F(LeaderElectorTest, AnOutageUpToTheDeadlineLosesTheLeadOnce) {
  become_leader();
  for (int i = 0; i < 8; ++i) {
    clock_.advance(seconds(2));
    transport_.then(down());
    elector_->step({});
  }
  EXPECT_FALSE(elector_->holds());
  EXPECT_EQ(lost_, 1);
  EXPECT_EQ(gauge(), 0);
  EXPECT_EQ(transport_.requests().size(), 6U);  // after the loss nothing more is asked
}

TEST_F(LeaderElectorTest, AProcessThatWasStoppedForAMinuteDoesNotHoldTheLeaseWhenItWakes) {
  become_leader();
  clock_.advance(seconds(60));
  EXPECT_FALSE(elector_->holds());
  elector_->step({});
  EXPECT_EQ(lost_, 1);
  EXPECT_EQ(transport_.requests().size(), 2U);
}

TEST_F(LeaderElectorTest, ARenewalCountsFromWhenItWasSent) {
  become_leader();
  transport_.then(
      {.chunks = {lease("me", 2, 2)}, .before = [this] { clock_.advance(seconds(4)); }});
  elector_->step({});
  clock_.advance(seconds(5));
  EXPECT_TRUE(elector_->holds());
  clock_.advance(seconds(1));
  EXPECT_FALSE(elector_->holds());
}

TEST_F(LeaderElectorTest, ALeaseThatSomebodyOnlyAnnotatedIsRenewedInItsNewForm) {
  become_leader();
  transport_.then(409, status_json(409, "Conflict", "m"));
  transport_.then(200, lease("me", 9));
  transport_.then(200, lease("me", 10, 1));
  elector_->step({});
  EXPECT_EQ(lost_, 0);
  EXPECT_TRUE(elector_->holds());
  EXPECT_NE(transport_.last().body.find(R"("resourceVersion":"9")"), std::string::npos);
}

TEST_F(LeaderElectorTest, ALeaseThatAnotherTookIsLostAtOnce) {
  become_leader();
  transport_.then(409, status_json(409, "Conflict", "m"));
  transport_.then(200, lease("other", 9));
  elector_->step({});
  EXPECT_EQ(lost_, 1);
  EXPECT_FALSE(elector_->holds());
}

TEST_F(LeaderElectorTest, ADeletedLeaseIsMadeAnew) {
  become_leader();
  transport_.then(404, status_json(404, "NotFound", "m"));
  transport_.then(404, status_json(404, "NotFound", "m"));
  transport_.then(201, lease("me", 9));
  elector_->step({});
  EXPECT_EQ(lost_, 0);
  EXPECT_TRUE(elector_->holds());
  EXPECT_EQ(transport_.last().method, Method::Post);
}

TEST_F(LeaderElectorTest, StoppingReleasesTheLeaseForTheNext) {
  become_leader();
  transport_.then(200, lease("", 2));
  elector_->stop();
  EXPECT_NE(transport_.last().body.find(R"("holderIdentity":"")"), std::string::npos);
  EXPECT_LE(transport_.last().deadline, seconds(1));
  EXPECT_FALSE(elector_->holds());
  EXPECT_EQ(gauge(), 0);
  EXPECT_EQ(lost_, 0);
}

TEST_F(LeaderElectorTest, StoppingWithoutTheLeadWritesNothing) {
  transport_.then(200, lease("other", 1));
  elector_->step({});
  elector_->stop();
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(LeaderElectorTest, OnItsThreadItLeadsUntilItIsStopped) {
  transport_.then(200, lease("", 5));
  transport_.then(200, lease("me", 6));
  transport_.then(200, lease("me", 7, 2));
  transport_.then(200, lease("", 8));
  elector_->start();
  clock_.await_waiters(1);
  EXPECT_TRUE(elector_->holds());
  clock_.advance(seconds(2));
  while (transport_.requests().size() < 3) std::this_thread::yield();
  elector_->stop();
  EXPECT_EQ(transport_.left(), 0U);
  EXPECT_EQ(started_, 1);
}

}  // namespace
}  // namespace sojourn::kube
