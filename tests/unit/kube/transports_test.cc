// The transports that stand in front of another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "sojourn/kube/client.h"
#include "sojourn/kube/limited_transport.h"
#include "sojourn/kube/measured_transport.h"
#include "sojourn/kube/permission_watch.h"
#include "sojourn/kube/request.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

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

TEST_F(TransportsTest, MeasuredCountsReadsThatAreSentAgain) {
  MeasuredTransport measured(behind_, clock_, telemetry_);
  Client client(measured, clock_);
  const auto again = [&](int status) {
    behind_.then({.status = status, .retry_after = seconds(0)});
  };
  again(429);
  again(503);
  behind_.then(200, thing_json("x", 1));
  EXPECT_TRUE(client.get<Thing>({"a", "x"}, {}).ok());
  EXPECT_EQ(telemetry_.value(R"(rest_client_request_retries_total{verb="GET"})"), 2);
}

std::string not_allowed(const char* verb) {
  return R"({"kind":"Status","code":403,"reason":"Forbidden","message":"things.tests.dev is )"
         R"(forbidden: User \"system:serviceaccount:s:o\" cannot )" +
         std::string(verb) +
         R"( resource \"things\" in API group \"tests.dev\" in the namespace \"a\""})";
}

class PermissionTest : public TransportsTest {
 protected:
  static constexpr const ResourceInfo& kThings = ResourceTraits<Thing>::info;
  std::ostringstream lines_;
  StreamLogSink sink_{lines_, clock_, LogFormat::Json, LogLevel::Info};
  PermissionWatch watch_{behind_, clock_, Logger(sink_, "permissions")};

  void create(int status, std::string body) {
    behind_.then(status, std::move(body));
    (void)watch_.send(create_request(kThings, "a", "{}"), {});
  }
  std::size_t logged() const {
    const auto text = lines_.str();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
};

TEST_F(PermissionTest, OneThatIsMissingIsToldOnceUntilItIsGranted) {
  for (int i = 0; i < 5; ++i) create(403, not_allowed("create"));
  EXPECT_THAT(watch_.missing(), ElementsAre("create things.tests.dev in namespace a"));
  EXPECT_EQ(logged(), 1U) << lines_.str();
  for (const char* word : {"\"create\"", "\"things.tests.dev\"", "\"a\""}) {
    EXPECT_NE(lines_.str().find(word), std::string::npos) << word;
  }
  create(409, status_json(409, "AlreadyExists", "m"));
  EXPECT_THAT(watch_.missing(), IsEmpty()) << "who is told of a conflict was let in";
  EXPECT_EQ(logged(), 2U);
}

TEST_F(PermissionTest, ARefusalByQuotaOrAdmissionIsNone) {
  create(403, status_json(403, "Forbidden", "things is forbidden: exceeded quota: q"));
  EXPECT_THAT(watch_.missing(), IsEmpty());
  EXPECT_EQ(logged(), 0U);
}

TEST_F(PermissionTest, OneThatNobodyAsksForAnyMoreIsForgotten) {
  create(403, not_allowed("create"));
  clock_.advance(seconds(121));
  EXPECT_THAT(watch_.missing(), IsEmpty());
}

TEST_F(PermissionTest, AllThatAreMissingAreNamed) {
  create(403, not_allowed("create"));
  behind_.then(403, not_allowed("delete"));
  (void)watch_.send(remove_request(kThings, {"a", "x"}, {}), {});
  EXPECT_THAT(watch_.missing(), ElementsAre("create things.tests.dev in namespace a",
                                            "delete things.tests.dev in namespace a"));
}

TEST_F(PermissionTest, AWatchIsGrantedOnceItTells) {
  const auto request = watch_request(kThings, {""}, {"1", seconds(300), seconds(150)});
  const auto ignore = [](std::string_view) -> Result<void> { return {}; };
  behind_.then(403, not_allowed("watch"));
  (void)watch_.stream(request, ignore, {});
  EXPECT_THAT(watch_.missing(), ElementsAre("watch things.tests.dev in all namespaces"));
  behind_.then(200, "{}");
  (void)watch_.stream(request,
                      [&](std::string_view) -> Result<void> {
                        EXPECT_THAT(watch_.missing(), IsEmpty()) << "while it is still open";
                        return {};
                      },
                      {});
}

TEST_F(PermissionTest, IsNamedAsARuleOfRbacNamesIt) {
  const auto words = [](const Request& request) {
    const auto permission = permission_of(request);
    return permission ? to_string(*permission) : std::string("none");
  };
  const ObjectKey key{"a", "x"};
  EXPECT_EQ(words(list_request(kThings, {"a"}, {})), "list things.tests.dev in namespace a");
  EXPECT_EQ(words(get_request(kThings, key)), "get things.tests.dev in namespace a");
  EXPECT_EQ(words(patch_status_request(kThings, key, "{}")),
            "patch things.tests.dev/status in namespace a");
  EXPECT_EQ(words(remove_request(kThings, key, {})), "delete things.tests.dev in namespace a");
  Request version;
  version.target = "/version";
  EXPECT_EQ(words(version), "none");
  version.target = "/api/v1/namespaces/a";
  EXPECT_EQ(words(version), "get namespaces in all namespaces");
}

}  // namespace
}  // namespace sojourn::kube
