#include "sojourn/http/client/beast_transport.h"
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

}  // namespace
}  // namespace sojourn::contract
