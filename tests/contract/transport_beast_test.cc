#include "sojourn/http/client/beast_transport.h"

#include <thread>

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

const TransportFactory kBeast{"Beast", [](const kube::Connection& connection, Clock& clock) {
                                return http::make_beast_transport(connection, clock);
                              }};

INSTANTIATE_TEST_SUITE_P(Transports, TransportContract, ::testing::Values(kBeast),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(Transports, TransportRotation, ::testing::Values(kBeast),
                         [](const auto& test) { return test.param.name; });

// The list of threads in docs/architecture.md counts on it.
TEST(BeastTransport, HasAThreadOnlyForAHostGivenByName) {
  SystemClock clock;
  kube::Connection connection;
  connection.port = "1";
  std::jthread([] {}).join();  // with the first thread TSan starts one of its own
  const auto before = threads();
  connection.host = "127.0.0.1";
  const auto to_address = http::make_beast_transport(connection, clock);
  (void)to_address->send(get(), {});
  EXPECT_EQ(threads(), before);
  connection.host = "localhost";
  const auto to_name = http::make_beast_transport(connection, clock);
  (void)to_name->send(get(), {});
  EXPECT_EQ(threads(), before + 1);
}

}  // namespace
}  // namespace sojourn::contract
