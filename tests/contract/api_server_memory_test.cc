#include "sojourn/base/random.h"
#include "tests/contract/api_server_contract.h"
#include "tests/fake/api_server.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/fake_cluster.h"

namespace sojourn::contract {
namespace {

class MemoryServer final : public Server {
 public:
  kube::Transport& transport() override { return server_; }
  bool wait_until(const std::function<bool()>& done) override {
    constexpr int kMostRounds = 20;
    for (int round = 0; round < kMostRounds; ++round) {
      if (done()) return true;
      cluster_.finish_deletions();
      cluster_.collect_garbage();
    }
    return false;
  }

 private:
  fake::FakeClock clock_;
  SeededRandom random_{1};
  fake::ApiServer server_{
      clock_, random_, {.crd_directory = SOJOURN_CRD_DIR, .watches_block = false}};
  fake::FakeCluster cluster_{server_, clock_};
};

const ServerFactory kMemory{"InMemory", [] { return std::make_unique<MemoryServer>(); }};

INSTANTIATE_TEST_SUITE_P(Servers, ApiServerContract, ::testing::Values(kMemory),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace sojourn::contract
