#include "http/client/response_parser.h"

#include <gmock/gmock.h>

#include "sojourn/base/random.h"

namespace sojourn::http {
namespace {

constexpr std::size_t kLimit = 1000;

// Feeds `text` in pieces as a connection would, and returns the body of the response.
std::string body_of(const std::string& text, const std::function<std::size_t()>& piece_size) {
  ResponseParser parser("peer:1", nullptr, kLimit);
  std::string unread;
  for (std::size_t at = 0; at < text.size() && !parser.complete();) {
    const std::size_t size = std::min(piece_size(), text.size() - at);
    unread += text.substr(at, size);
    at += size;
    const auto taken = parser.feed(unread);
    if (!taken) return taken.error().message;
    unread.erase(0, *taken);
  }
  EXPECT_TRUE(parser.complete());
  return parser.take_response().body;
}

TEST(ResponseParser, PiecesDoNotMatter) {
  SeededRandom random(1);
  const std::string text =
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\na\r\n2;name=\"v\"\r\nbc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Checksum: 1\r\n\r\n";
  for (int round = 0; round < 500; ++round) {
    EXPECT_EQ(body_of(text, [&] { return static_cast<std::size_t>(random.next() % 9 + 1); }),
              "abc0123456789abcdef");
  }
}

TEST(ResponseParser, BrokenBytesNeverMakeABrokenAnswer) {
  SeededRandom random(2);
  const std::string good =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (std::uint64_t n = random.next() % 4 + 1; n > 0; --n) {
      text[random.next() % text.size()] = static_cast<char>(random.next() % 256);
    }
    ResponseParser parser("peer:1", nullptr, kLimit);
    const auto taken = parser.feed(text);
    if (!taken) {
      EXPECT_FALSE(parser.complete());
      continue;
    }
    const bool ended = parser.feed_end().ok();
    EXPECT_EQ(ended, parser.complete());
    EXPECT_LE(parser.take_response().body.size(), text.size());
  }
}

TEST(ResponseParser, TellsWhetherTheConnectionMayBeUsedAgain) {
  const std::pair<const char*, bool> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", false},
  };
  for (const auto& [text, reusable] : cases) {
    ResponseParser parser("peer:1", nullptr, kLimit);
    ASSERT_TRUE(parser.feed(text).ok());
    EXPECT_EQ(parser.reusable(), reusable) << text;
  }
}

TEST(ResponseParser, AnEmptyConnectionIsNoAnswer) {
  ResponseParser parser("peer:1", nullptr, kLimit);
  EXPECT_EQ(parser.feed_end().error().message,
            "peer:1 closed the connection before the end of its answer");
}

}  // namespace
}  // namespace sojourn::http
