#include "http/client/request_text.h"

#include <gtest/gtest.h>

namespace sojourn::http {
namespace {

kube::Connection connection() {
  kube::Connection one;
  one.host = "10.0.0.1";
  one.port = "6443";
  one.user_agent = "sojourn/1 (linux)";
  return one;
}

TEST(RequestText, IsWhatTheStandardAsksFor) {
  kube::Request request;
  request.target = "/api/v1/pods?limit=5";
  EXPECT_EQ(*format_request(connection(), request, "t"),
            "GET /api/v1/pods?limit=5 HTTP/1.1\r\nHost: 10.0.0.1:6443\r\n"
            "Accept: application/json\r\nUser-Agent: sojourn/1 (linux)\r\n"
            "Authorization: Bearer t\r\n\r\n");
  request.method = kube::Method::Patch;
  request.content_type = "application/merge-patch+json";
  request.body = "{}";
  EXPECT_EQ(*format_request(connection(), request, ""),
            "PATCH /api/v1/pods?limit=5 HTTP/1.1\r\nHost: 10.0.0.1:6443\r\n"
            "Accept: application/json\r\nUser-Agent: sojourn/1 (linux)\r\n"
            "Content-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(RequestText, AWriteWithoutABodySaysSo) {
  kube::Request request;
  request.target = "/x";
  request.method = kube::Method::Post;
  EXPECT_NE(format_request(connection(), request, "")->find("Content-Length: 0\r\n"),
            std::string::npos);
  request.method = kube::Method::Delete;
  EXPECT_EQ(format_request(connection(), request, "")->find("Content-Length"), std::string::npos);
}

TEST(RequestText, BracketsAnIpv6Address) {
  auto one = connection();
  one.host = "fd00::1";
  EXPECT_EQ(authority_of(one), "[fd00::1]:6443");
}

TEST(RequestText, RefusesWhatWouldStartAnotherHeader) {
  kube::Request request;
  request.target = "/x";
  EXPECT_EQ(format_request(connection(), request, "a\nb").error().message,
            "the bearer token holds a line break or another character that an HTTP header cannot "
            "carry");
  request.content_type = "a\r\nb";
  EXPECT_EQ(format_request(connection(), request, "").error().code, ErrorCode::Invalid);
  request = {};
  request.target = "/x y";
  EXPECT_EQ(format_request(connection(), request, "").error().code, ErrorCode::Invalid);
  request.target = "/x";
  auto one = connection();
  one.user_agent = "a\nb";
  EXPECT_EQ(format_request(one, request, "").error().code, ErrorCode::Invalid);
}

}  // namespace
}  // namespace sojourn::http
