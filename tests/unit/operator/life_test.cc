// The whole operator, with all of its threads, on an API server in memory.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "sojourn/operator/operator.h"
#include "tests/fake/api_server.h"
#include "tests/fake/api_user.h"
#include "tests/fake/borrowed_transport.h"
#include "tests/fake/process_state.h"

namespace sojourn::operator_ {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LifeTest : public testing::Test {
 protected:
  // The threads of this process once their number has rested: those that begin or end while one
  // looks count as there.
  std::size_t threads_at_rest() {
    auto count = fake::threads();
    auto since = clock_.steady_now();
    while (clock_.steady_now() - since < milliseconds(500)) {
      sleep_until(clock_, clock_.steady_now() + milliseconds(10), {});
      if (const auto now = fake::threads(); now != count) {
        count = now;
        since = clock_.steady_now();
      }
    }
    return count;
  }
  std::string holder() {
    const auto lease = server_.get("leases", "team", "sojourn-operator");
    return lease ? (*lease)["spec"].value("holderIdentity", "") : "none";
  }

  SystemClock clock_;
  SystemRandom random_;
  StreamLogSink sink_{std::cerr, clock_, LogFormat::Text, LogLevel::Info};
  fake::ApiServer server_{clock_, random_, {.crd_directory = SOJOURN_CRD_DIR}};
};

TEST_F(LifeTest, HasTheThreadsOfTheListAndEndsThemAllWithTheLeaseGivenBack) {
  fake::ApiUser(server_.others())
      .create({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "team"}}}});
  std::jthread([] {}).join();  // with the first thread TSan starts one of its own
  const auto before = threads_at_rest();
  config::OperatorOptions options;
  options.listen_address = "127.0.0.1:0";
  options.lease_namespace = "team";
  const auto way = [this](const kube::Connection&, Clock&, Logger, http::TransportLimits) {
    return std::make_unique<fake::BorrowedTransport>(server_);
  };
  std::optional<Operator> op(std::in_place, options, kube::Connection{},
                             Identity{"1", "commit", "test"}, way, clock_, random_, sink_);
  ASSERT_TRUE(op->start().ok());
  // docs/architecture.md: informers, reconcile workers of each kind, Lease, recorder, watchdog,
  // and of the server two for io and two for work.
  const std::size_t listed = 5 + 4 + 1 + 1 + 1 + 1 + 1 + 4;
  EXPECT_EQ(threads_at_rest(), before + listed);
  EXPECT_EQ(holder(), "test");
  const auto begun = clock_.steady_now();
  op->stop();
  EXPECT_LT(clock_.steady_now() - begun, seconds(4));
  EXPECT_EQ(holder(), "");
  op.reset();
  EXPECT_EQ(threads_at_rest(), before);
}

}  // namespace
}  // namespace sojourn::operator_
