// The contract against a real kube-apiserver with its controllers. It needs a cluster to which
// crds/ were applied; ./dev/test has one.
#include <cstdlib>

#include "sojourn/base/clock.h"
#include "sojourn/config/kubeconfig.h"
#include "sojourn/http/client/beast_transport.h"
#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {
namespace {

class RealServer final : public Server {
 public:
  explicit RealServer(const kube::Connection& connection)
      : transport_(http::make_beast_transport(connection, clock_)) {}

  kube::Transport& transport() override { return *transport_; }
  bool wait_until(const std::function<bool()>& done) override {
    const SteadyTime deadline = clock_.steady_now() + std::chrono::seconds(30);
    while (!done()) {
      if (clock_.steady_now() > deadline) return false;
      sleep_until(clock_, clock_.steady_now() + std::chrono::milliseconds(50), {});
    }
    return true;
  }

 private:
  SystemClock clock_;
  std::unique_ptr<kube::Transport> transport_;
};

std::unique_ptr<Server> connect() {
  const char* path = std::getenv("SOJOURN_E2E_KUBECONFIG");
  if (path == nullptr) {
    ADD_FAILURE() << "SOJOURN_E2E_KUBECONFIG is not set; let it name the kubeconfig of a test "
                     "cluster, or run ./dev/test, which starts one";
    return nullptr;
  }
  auto connection = config::load_kubeconfig(path, "");
  if (!connection) {
    ADD_FAILURE() << connection.error().message;
    return nullptr;
  }
  connection->user_agent = "sojourn-contract";
  return std::make_unique<RealServer>(*connection);
}

const ServerFactory kReal{"Real", connect};

INSTANTIATE_TEST_SUITE_P(Servers, ApiServerContract, ::testing::Values(kReal),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace sojourn::contract
