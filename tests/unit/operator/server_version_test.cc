#include "operator/server_version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fake/scripted_transport.h"

namespace sojourn::operator_ {
namespace {

using testing::HasSubstr;

Result<void> check(int status, const std::string& body) {
  fake::ScriptedTransport transport;
  transport.then(status, body);
  auto checked = check_server_version(transport, {});
  EXPECT_EQ(transport.last().target, "/version");
  return checked;
}

TEST(ServerVersion, IsReadAsTheDistributionsWriteIt) {
  EXPECT_EQ(parse_git_version("v1.32.0"), (ServerVersion{1, 32}));
  EXPECT_EQ(parse_git_version("v1.31.4-gke.1183000"), (ServerVersion{1, 31}));
  EXPECT_EQ(parse_git_version("v1.33.1+k3s1"), (ServerVersion{1, 33}));
  EXPECT_EQ(parse_git_version("1.32"), (ServerVersion{1, 32}));
  for (const char* other : {"", "v", "v1", "v1.", "one.two", "v1.x"}) {
    EXPECT_EQ(parse_git_version(other), std::nullopt) << other;
  }
}

TEST(ServerVersion, OneThatIsTooOldIsRefusedInOneSentence) {
  const auto checked = check(200, R"({"major": "1", "minor": "31", "gitVersion": "v1.31.9"})");
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, ErrorCode::Configuration);
  EXPECT_EQ(checked.error().message,
            "the API server is Kubernetes v1.31.9; this operator needs 1.32 or newer: upgrade the "
            "cluster");
}

TEST(ServerVersion, OneThatFitsOrCannotBeReadIsNoReasonToEnd) {
  EXPECT_TRUE(check(200, R"({"gitVersion": "v1.32.0"})"));
  EXPECT_TRUE(check(200, R"({"gitVersion": "v2.0.0"})"));
  EXPECT_TRUE(check(200, "<html>"));
  EXPECT_TRUE(check(403, "{}"));
  fake::ScriptedTransport gone;
  EXPECT_TRUE(check_server_version(gone, {}));
}

}  // namespace
}  // namespace sojourn::operator_
