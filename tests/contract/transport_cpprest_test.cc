#include "sojourn/http/client/cpprest_transport.h"

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

// All the rest of the contract holds as it stands: also that no write is ever sent twice, which the
// library would do, and that the deadline of a call is kept, which the library does not know.
const TransportFactory kCpprest{"Cpprest",
                                [](const kube::Connection& connection, Clock& clock) {
                                  return http::make_cpprest_transport(connection, clock);
                                },
                                {.streams_within_chunks = false,
                                 .sees_first_byte = false,
                                 .limits_lines = false,
                                 .reads_interim_answers_and_trailers = false,
                                 .reads_signs = false}};

INSTANTIATE_TEST_SUITE_P(Transports, TransportContract, ::testing::Values(kCpprest),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(Transports, TransportRotation, ::testing::Values(kCpprest),
                         [](const auto& test) { return test.param.name; });

// The list of threads in docs/architecture.md counts on it.
TEST(CpprestTransport, HasThreeThreadsForAllTransportsTogether) {
  SystemClock clock;
  kube::Connection connection;
  connection.host = "127.0.0.1";
  connection.port = "1";
  connection.tls = false;
  const auto first = http::make_cpprest_transport(connection, clock);
  (void)first->send(get(), {});
  const auto before = threads();
  EXPECT_GE(before, 4u);  // ours, and the library's two and its resolver
  const auto second = http::make_cpprest_transport(connection, clock);
  for (int i = 0; i < 3; ++i) {
    (void)first->send(get(), {});
    (void)second->send(get(), {});
  }
  EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace sojourn::contract
