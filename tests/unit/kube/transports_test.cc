// The transports that stand in front of another.
#include <gtest/gtest.h>

#include <thread>

#include "sojourn/kube/limited_transport.h"
#include "sojourn/kube/measured_transport.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Request call(Method method) {
  Request request;
  request.method = method;
  return request;
}

class TransportsTest : public testing::Test {
 protected:
  fake::FakeClock clock_;
  fake::CountingTelemetry telemetry_;
  fake::ScriptedTransport behind_;
};

TEST_F(TransportsTest, MeasuredCountsEachCallUnderClientGosNames) {
  MeasuredTransport measured(behind_, clock_, telemetry_);
  behind_.then(200, "{}");
  behind_.then(409, "{}");
  behind_.then(Error{ErrorCode::Unavailable, "m"});
  behind_.then(200, "{}");
  EXPECT_EQ(measured.send(call(Method::Get), {})->body, "{}");
  EXPECT_EQ(measured.send(call(Method::Patch), {})->status, 409);
  EXPECT_FALSE(measured.send(call(Method::Patch), {}).ok());
  std::string streamed;
  const auto on_chunk = [&](std::string_view chunk) -> Result<void> {
    streamed += chunk;
    return {};
  };
  EXPECT_TRUE(measured.stream(call(Method::Get), on_chunk, {}).ok());
  EXPECT_EQ(streamed, "{}");
  const auto total = [&](const std::string& labels) {
    return telemetry_.value("rest_client_requests_total{" + labels + "}");
  };
  EXPECT_EQ(total(R"(code="200",method="GET")"), 2);
  EXPECT_EQ(total(R"(code="409",method="PATCH")"), 1);
  EXPECT_EQ(total(R"(code="<error>",method="PATCH")"), 1);
  EXPECT_EQ(telemetry_.value(R"(rest_client_request_duration_seconds{verb="PATCH"})"), 2);
  EXPECT_EQ(telemetry_.value(R"(rest_client_request_duration_seconds{verb="GET"})"), 1);
}

TEST_F(TransportsTest, LimitedLetsABurstOfWritesThroughThenOneAtATime) {
  LimitedTransport limited(behind_, {.writes_per_second = 10, .burst = 3}, clock_, telemetry_);
  const auto write = [&] { return limited.send(call(Method::Patch), {}); };
  for (int i = 0; i < 6; ++i) behind_.then(200, "{}");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(write().ok());
  for (int waits = 1; waits <= 2; ++waits) {
    std::jthread writer([&] { EXPECT_TRUE(write().ok()); });
    clock_.await_waiters(1);
    EXPECT_EQ(behind_.requests().size(), static_cast<std::size_t>(2 + waits));
    clock_.advance(milliseconds(100));
  }
  clock_.advance(milliseconds(100));
  EXPECT_TRUE(write().ok());
  EXPECT_EQ(telemetry_.value("rest_client_rate_limiter_duration_seconds"), 6);
}

TEST_F(TransportsTest, LimitedLetsReadsPass) {
  LimitedTransport limited(behind_, {.writes_per_second = 0.001, .burst = 0}, clock_, telemetry_);
  behind_.then(200, "{}");
  behind_.then(200, "{}");
  EXPECT_TRUE(limited.send(call(Method::Get), {}).ok());
  const auto ignore = [](std::string_view) -> Result<void> { return {}; };
  EXPECT_TRUE(limited.stream(call(Method::Get), ignore, {}).ok());
}

TEST_F(TransportsTest, AWriteThatWaitsEndsWhenStopIsRequested) {
  LimitedTransport limited(behind_, {.writes_per_second = 1, .burst = 0}, clock_, telemetry_);
  std::optional<ErrorCode> code;
  std::jthread writer(
      [&](std::stop_token stop) { code = limited.send(call(Method::Post), stop).error().code; });
  clock_.await_waiters(1);
  writer.request_stop();
  writer.join();
  EXPECT_EQ(code, ErrorCode::Cancelled);
  EXPECT_TRUE(behind_.requests().empty());
}

}  // namespace
}  // namespace sojourn::kube
