#include "tests/fake/fake_cluster.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/fake/api_user.h"
#include "tests/fake/fake_clock.h"

namespace sojourn::fake {
namespace {

using nlohmann::json;

class FakeClusterTest : public ::testing::Test {
 protected:
  FakeClusterTest() {
    user_.create({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "a"}}}});
  }

  void create_pod(const std::string& claim = "") {
    json pod = {{"apiVersion", "v1"},
                {"kind", "Pod"},
                {"metadata", {{"name", "p"}, {"namespace", "a"}}},
                {"spec", {{"containers", {{{"name", "agent"}, {"image", "i"}}}}}}};
    if (!claim.empty()) {
      pod["spec"]["volumes"] = {{{"name", "w"}, {"persistentVolumeClaim", {{"claimName", claim}}}}};
    }
    ASSERT_EQ(user_.create(pod).status, 201);
  }
  void create_claim() {
    const json claim = {{"apiVersion", "v1"},
                        {"kind", "PersistentVolumeClaim"},
                        {"metadata", {{"name", "c"}, {"namespace", "a"}}},
                        {"spec",
                         {{"accessModes", {"ReadWriteOncePod"}},
                          {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}};
    ASSERT_EQ(user_.create(claim).status, 201);
  }
  json pod() const { return server_.get("pods", "a", "p").value_or(json()); }
  json claim() const { return server_.get("persistentvolumeclaims", "a", "c").value_or(json()); }
  std::string phase() const { return pod().at("status").at("phase"); }
  json container() const { return pod().at("status").at("containerStatuses").at(0); }
  // "True", "False" or "none".
  std::string condition(const std::string& type, const char* field = "status") const {
    for (const auto& each : pod().at("status").value("conditions", json::array())) {
      if (each.at("type") == type) return each.value(field, "none");
    }
    return "none";
  }

  FakeClock clock_;
  SeededRandom random_{1};
  ApiServer server_{clock_, random_, {.crd_directory = SOJOURN_CRD_DIR, .watches_block = false}};
  ApiUser user_{server_.others()};
  FakeCluster cluster_{server_, clock_};
};

TEST_F(FakeClusterTest, APodBecomesReadyStageByStageOnceItsClaimIsBound) {
  create_claim();
  create_pod("c");
  EXPECT_TRUE(cluster_.schedule());
  EXPECT_EQ(condition("PodScheduled", "reason"), "Unschedulable");
  EXPECT_FALSE(cluster_.schedule()) << "the same again is no change";
  EXPECT_TRUE(cluster_.bind_claims());
  EXPECT_EQ(claim().at("status").at("phase"), "Bound");
  EXPECT_EQ(claim().at("status").at("capacity").at("storage"), "1Gi");
  EXPECT_TRUE(cluster_.schedule());
  EXPECT_EQ(pod().at("spec").at("nodeName"), "node-1");
  EXPECT_TRUE(cluster_.run_pods());
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(condition("Ready"), "False");
  EXPECT_TRUE(cluster_.run_pods());
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_FALSE(cluster_.step());
}

TEST_F(FakeClusterTest, AClaimBoundOnDemandWaitsForItsPod) {
  FakeCluster cluster(server_, clock_, {.binds_on_demand = true});
  create_claim();
  EXPECT_FALSE(cluster.settle());
  create_pod("c");
  EXPECT_TRUE(cluster.settle());
  EXPECT_EQ(condition("Ready"), "True");
}

TEST_F(FakeClusterTest, NoNodeFitsWhileThatIsSaid) {
  create_pod();
  cluster_.refuse_pods("Insufficient cpu");
  cluster_.settle();
  EXPECT_EQ(condition("PodScheduled", "message"), "0/1 nodes are available: Insufficient cpu");
  cluster_.refuse_pods("");
  cluster_.settle();
  EXPECT_EQ(condition("Ready"), "True");
}

TEST_F(FakeClusterTest, APodCanFailOfItselfOrOfItsContainer) {
  create_pod();
  cluster_.settle();
  EXPECT_TRUE(cluster_.fail_pod("a", "p", "Evicted"));
  EXPECT_EQ(phase(), "Failed");
  EXPECT_EQ(pod().at("status").at("reason"), "Evicted");
  EXPECT_FALSE(cluster_.settle()) << "an ended pod stays ended";
  EXPECT_TRUE(user_.remove("pods", "a", "p").status == 200 && pod().is_null())
      << "an ended pod goes at once";
  create_pod();
  cluster_.settle();
  EXPECT_TRUE(cluster_.fail_pod("a", "p", "OOMKilled"));
  EXPECT_FALSE(pod().at("status").contains("reason"));
  EXPECT_EQ(container().at("state").at("terminated").at("reason"), "OOMKilled");
  EXPECT_EQ(container().at("state").at("terminated").at("exitCode"), 137);
}

TEST_F(FakeClusterTest, ATaskCanSucceed) {
  create_pod();
  cluster_.settle();
  EXPECT_TRUE(cluster_.succeed_pod("a", "p"));
  EXPECT_EQ(phase(), "Succeeded");
  EXPECT_EQ(container().at("state").at("terminated").at("exitCode"), 0);
}

TEST_F(FakeClusterTest, ARestartIsCountedAndThePodComesBack) {
  create_pod();
  cluster_.settle();
  EXPECT_TRUE(cluster_.restart_container("a", "p"));
  EXPECT_EQ(container().at("restartCount"), 1);
  EXPECT_EQ(condition("Ready"), "False");
  cluster_.settle();
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_EQ(container().at("restartCount"), 1);
}

TEST_F(FakeClusterTest, AWaitingContainerKeepsThePodFromRunning) {
  create_pod();
  cluster_.schedule();
  EXPECT_TRUE(cluster_.set_waiting("a", "p", "ImagePullBackOff"));
  EXPECT_FALSE(cluster_.settle());
  EXPECT_EQ(phase(), "Pending");
  EXPECT_EQ(container().at("state").at("waiting").at("reason"), "ImagePullBackOff");
  cluster_.set_waiting("a", "p", "");
  cluster_.settle();
  EXPECT_EQ(condition("Ready"), "True");
}

TEST_F(FakeClusterTest, ADeletedPodLingersUntilTheKubeletLetsGo) {
  create_claim();
  create_pod("c");
  cluster_.settle();
  user_.remove("persistentvolumeclaims", "a", "c");
  EXPECT_TRUE(cluster_.delete_pod("a", "p"));
  EXPECT_TRUE(pod().at("metadata").contains("deletionTimestamp"));
  EXPECT_FALSE(claim().is_null());
  EXPECT_TRUE(cluster_.finish_deletions());
  EXPECT_TRUE(pod().is_null());
  EXPECT_TRUE(claim().is_null());
}

TEST_F(FakeClusterTest, AnUnreadyPodRecovers) {
  create_pod();
  cluster_.settle();
  EXPECT_TRUE(cluster_.make_unready("a", "p"));
  EXPECT_EQ(condition("Ready"), "False");
  cluster_.settle();
  EXPECT_EQ(condition("Ready"), "True");
}

}  // namespace
}  // namespace sojourn::fake
