// A cache whose API server answers in protobuf.
#include <gtest/gtest.h>

#include "sojourn/api/json/pod_json.h"
#include "sojourn/kube/informer.h"
#include "sojourn/kube/resources.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/api/golden.h"

namespace sojourn::kube {
namespace {

class ProtobufCache : public testing::Test {
 protected:
  fake::FakeClock clock_;
  SeededRandom random_{1};
  fake::CountingTelemetry telemetry_;
  fake::ScriptedTransport transport_;
  Store<api::Pod> store_;
  History history_;
  Informer<api::Pod> informer_{store_, Selection{""}, transport_, history_,
                               clock_, random_,       telemetry_, {}};
};

TEST_F(ProtobufCache, HoldsWhatAListInProtobufSays) {
  transport_.then(200, api::read_golden("protobuf/pods.pb"));
  EXPECT_EQ(informer_.step({}), Duration::zero());
  EXPECT_TRUE(transport_.last().protobuf);
  EXPECT_TRUE(store_.ready());
  EXPECT_EQ(store_.latest_resource_version(), 910U);
  EXPECT_EQ(store_.size(), 2U);
  const auto pod = store_.get({"team-a", "notes-aaaaaaaaaa"});
  ASSERT_TRUE(pod);
  EXPECT_EQ(*pod, *api::decode_pod(api::read_golden("pod.json")));
}

TEST_F(ProtobufCache, FollowsAWatchInProtobufAndListsAnewAfterItsError) {
  transport_.then(200, R"({"metadata":{"resourceVersion":"1"},"items":[]})");
  informer_.step({});
  transport_.then(200, api::read_golden("protobuf/pods_watch.pb"));
  EXPECT_GT(informer_.step({}), Duration::zero());  // its last event says that it has expired
  EXPECT_TRUE(transport_.last().protobuf);
  EXPECT_TRUE(store_.get({"team-a", "notes-aaaaaaaaaa"}));
  EXPECT_EQ(store_.latest_resource_version(), 930U);
  transport_.then(200, api::read_golden("protobuf/pods.pb"));
  informer_.step({});
  EXPECT_EQ(transport_.last().target, "/api/v1/pods");
  EXPECT_EQ(telemetry_.value(R"(sojourn_cache_lists_total{kind="Pod"})"), 2);
}

TEST_F(ProtobufCache, ARefusalInProtobufIsUnderstood) {
  transport_.then(403, api::read_golden("protobuf/status_quota.pb"));
  const auto delay = informer_.step({});
  EXPECT_GE(delay, std::chrono::seconds(5));  // as its retryAfterSeconds says
  EXPECT_FALSE(store_.ready());
}

}  // namespace
}  // namespace sojourn::kube
