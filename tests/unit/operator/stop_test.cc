// Stopping while a lookup of the API server's name is stuck. A program of its own: it puts its own
// getaddrinfo in the place of the C library's.
#include <gtest/gtest.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "sojourn/http/client/beast_transport.h"
#include "sojourn/operator/operator.h"

// As with a name server that is gone and a resolver that is patient.
extern "C" int getaddrinfo(const char* /*node*/, const char* /*service*/, const addrinfo* /*hints*/,
                           addrinfo** /*result*/) {
  while (true) pause();
}

namespace sojourn::operator_ {
namespace {

void run_and_stop() {
  alarm(30);  // hanging is an end by a signal, which is not what is asked for
  SystemClock clock;
  SystemRandom random;
  StreamLogSink sink(std::cerr, clock, LogFormat::Text, LogLevel::Info);
  config::OperatorOptions options;
  options.listen_address = "0";
  kube::Connection connection;
  connection.host = "stuck.example";
  connection.port = "6443";
  connection.tls = false;
  {
    Operator op(options, connection, {"1", "commit", "test"}, &http::make_beast_transport, clock,
                random, sink);
    if (!op.start()) std::exit(2);
    op.stop();
  }
  std::exit(EXIT_SUCCESS);
}

TEST(StopDeathTest, DuringAStuckLookupMeetsTheHardDeadline) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const SystemClock clock;
  const auto begun = clock.steady_now();
  EXPECT_EXIT(run_and_stop(), testing::ExitedWithCode(EXIT_FAILURE), "stopping took too long");
  // 2 s for the version it cannot read, 4.5 s for the end.
  EXPECT_LT(clock.steady_now() - begun, std::chrono::seconds(20));
}

}  // namespace
}  // namespace sojourn::operator_
