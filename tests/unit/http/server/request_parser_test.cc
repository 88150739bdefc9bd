#include "http/server/request_parser.h"

#include <gmock/gmock.h>

#include "sojourn/base/random.h"

namespace sojourn::http {
namespace {

using State = RequestParser::State;

constexpr std::size_t kHeader = 1024;
constexpr std::size_t kBody = 100;

// What becomes of `text`, fed in one piece: the status it is refused with, 0 when it is complete
// and -1 when more is needed.
int verdict(const std::string& text) {
  RequestParser parser(kHeader, kBody);
  parser.feed(text);
  if (parser.state() == State::Refused) return parser.refusal_status();
  return parser.state() == State::Complete ? 0 : -1;
}

TEST(RequestParser, ReadsARequestHoweverItIsCut) {
  const std::string text =
      "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 5\r\n\r\n"
      "hello";
  SeededRandom random(1);
  for (int round = 0; round < 300; ++round) {
    RequestParser parser(kHeader, kBody);
    std::string unread;
    for (std::size_t at = 0; at < text.size();) {
      EXPECT_NE(parser.state(), State::Complete);
      const std::size_t size = std::min(random.next() % 20 + 1, text.size() - at);
      unread += text.substr(at, size);
      at += size;
      unread.erase(0, parser.feed(unread));
    }
    ASSERT_EQ(parser.state(), State::Complete);
    EXPECT_EQ(unread, "");
    EXPECT_TRUE(parser.keeps_connection());
    const auto request = parser.take_request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(request.query, "x=1&y");
    EXPECT_EQ(request.header("X-ONE"), "1");
    EXPECT_EQ(request.header("none"), "");
    EXPECT_EQ(request.headers.size(), 4u);
    EXPECT_EQ(request.body, "hello");
  }
}

TEST(RequestParser, LeavesWhatBelongsToTheNext) {
  const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  RequestParser parser(kHeader, kBody);
  EXPECT_EQ(parser.feed(first + "GET /2"), first.size());
  EXPECT_EQ(parser.state(), State::Complete);
}

TEST(RequestParser, JoinsChunks) {
  RequestParser parser(kHeader, kBody);
  parser.feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n");
  ASSERT_EQ(parser.state(), State::Complete);
  EXPECT_EQ(parser.take_request().body, "abcde");
}

TEST(RequestParser, KnowsWhenTheConnectionIsToBeKept) {
  const std::pair<const char*, bool> cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& [text, kept] : cases) {
    RequestParser parser(kHeader, kBody);
    parser.feed(text);
    ASSERT_EQ(parser.state(), State::Complete) << text;
    EXPECT_EQ(parser.keeps_connection(), kept) << text;
  }
}

// What two readers could understand differently (request smuggling), and what is no HTTP/1.
TEST(RequestParser, RefusesTheAmbiguous) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::pair<std::string, int> cases[] = {
      {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
      {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {post + "Content-Length: 3, 4\r\n\r\nabcd", 400},
      {post + "Content-Length: -3\r\n\r\n", 400},
      {post + "Content-Length: +3\r\n\r\nabc", 400},
      {post + "Content-Length: 0x3\r\n\r\nabc", 400},
      {post + "Content-Length: 3 3\r\n\r\nabc", 400},
      {post + "Content-Length: \r\n\r\n", 400},
      {post + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {post + "Transfer-Encoding: xchunked\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
      {post + "Transfer-Encoding: identity\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {post + "Transfer-Encoding : chunked\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nA: b\x01\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http://h/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
      {"\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03 a client hello\r\n", 400},
      {post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0},
  };
  for (const auto& [text, status] : cases) EXPECT_EQ(verdict(text), status) << text;
}

TEST(RequestParser, BoundsTheHeaderAsAWhole) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(verdict(start + "A: " + std::string(900, 'a') + "\r\n\r\n"), 0);
  EXPECT_EQ(verdict(start + "A: " + std::string(kHeader, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(verdict("GET /" + std::string(kHeader, 'a')), 431);
  std::string many = start;
  for (int i = 0; i < 300; ++i) many += "A: b\r\n";
  EXPECT_EQ(verdict(many), 431);

  RequestParser slow(kHeader, kBody);
  std::string unread;
  for (const char c : many) {
    unread += c;
    unread.erase(0, slow.feed(unread));
    if (slow.state() == State::Refused) break;
  }
  EXPECT_EQ(slow.refusal_status(), 431);
}

TEST(RequestParser, BoundsTheBodyBeforeItComes) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(verdict(post + "Content-Length: 100\r\n\r\n"), -1);
  EXPECT_EQ(verdict(post + "Content-Length: 101\r\n\r\n"), 413);
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(verdict(chunked + "64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(verdict(chunked + "65\r\n" + std::string(101, 'x')), 413);
  EXPECT_EQ(verdict(chunked + "64\r\n" + std::string(100, 'x') + "\r\n1\r\nx\r\n"), 413);
}

TEST(RequestParser, BrokenBytesNeitherCrashNorGrow) {
  const std::string good =
      "POST /a?b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  SeededRandom random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (std::uint64_t n = random.next() % 4 + 1; n > 0; --n) {
      text[random.next() % text.size()] = static_cast<char>(random.next() % 256);
    }
    RequestParser parser(kHeader, kBody);
    EXPECT_LE(parser.feed(text), text.size());
    if (parser.state() == State::Complete) {
      EXPECT_LE(parser.take_request().body.size(), kBody);
    }
  }
}

}  // namespace
}  // namespace sojourn::http
