#include "http/server/response_text.h"

#include <gtest/gtest.h>

namespace sojourn::http {
namespace {

const Time kNow{std::chrono::seconds{784'111'777}};

TEST(ResponseText, IsWhatTheStandardAsksFor) {
  EXPECT_EQ(format_response({200, "ok"}, true, true, kNow),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
            "Connection: keep-alive\r\n\r\nok");
  EXPECT_EQ(format_response({413, "no", "", {{"Retry-After", "5"}}}, false, true, kNow),
            "HTTP/1.1 413 Payload Too Large\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Retry-After: 5\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
}

TEST(ResponseText, TellsHeadTheLengthAndNoMore) {
  const auto text = format_response({200, "hello"}, true, false, kNow);
  EXPECT_NE(text.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseText, NoValueStartsAHeaderOfItsOwn) {
  const auto text = format_response({200, "", "", {{"X", "a\r\nEvil: 1"}}}, true, true, kNow);
  EXPECT_NE(text.find("X: a  Evil: 1\r\n"), std::string::npos);
}

}  // namespace
}  // namespace sojourn::http
