#include "sojourn/http/server/server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "tests/unit/http/server/raw_client.h"

namespace sojourn::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr auto kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
// Limits that tests wait out are this short; one that must not fire is kLong.
constexpr auto kShort = 200ms;
constexpr auto kLong = 20s;
constexpr auto kSlack = 3000ms;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    auto& limits = options_.limits;
    limits.handshake = limits.read = limits.idle = limits.write = kLong;
    limits.linger = kShort;
    options_.address = "127.0.0.1";
  }

  void start(Handler handler) {
    auto started = Server::start(options_, std::move(handler), clock_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = *std::move(started);
  }
  void start_echo() {
    start([this](const HttpRequest& request) {
      ++handled_;
      return HttpResponse{200, request.method + " " + request.path + " " + request.body};
    });
  }
  std::uint16_t port() const { return server_->bound_port(); }
  // How long `wait` took.
  std::chrono::nanoseconds time(const std::function<void()>& wait) {
    const auto start = clock_.steady_now();
    wait();
    return clock_.steady_now() - start;
  }

  SystemClock clock_;
  ServerOptions options_;
  std::atomic<int> handled_{0};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersManyRequestsOverOneConnection) {
  start_echo();
  RawClient client(port());
  for (int i = 0; i < 5; ++i) {
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_THAT(client.read_response(), Optional(EndsWith("\r\n\r\nPOST /x hi")));
  }
}

TEST_F(ServerTest, TellsTheHandlerWhoAsks) {
  start([](const HttpRequest& request) {
    return HttpResponse{200, request.peer + " " + std::string(request.header("host"))};
  });
  RawClient client(port());
  client.send(kGet);
  EXPECT_THAT(client.read_response(), Optional(EndsWith("127.0.0.1 h")));
}

TEST_F(ServerTest, ThreeRequestsSentTogetherGetThreeAnswersInOrder) {
  start_echo();
  RawClient client(port());
  client.send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\n"
      "Content-Length: 1\r\n\r\nxGET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_response(), Optional(EndsWith("GET /1 ")));
  EXPECT_THAT(client.read_response(), Optional(EndsWith("POST /2 x")));
  EXPECT_THAT(client.read_response(), Optional(EndsWith("GET /3 ")));
}

TEST_F(ServerTest, ClosesWhenTheClientWantsThat) {
  start_echo();
  for (const auto* text :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawClient client(port());
    client.send(text);
    EXPECT_THAT(client.read_to_end(),
                Optional(testing::AllOf(HasSubstr("Connection: close\r\n"), EndsWith("GET / "))));
  }
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  start_echo();
  RawClient client(port());
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_head(), Optional(HasSubstr("Content-Length: 7\r\n")));
  EXPECT_FALSE(client.readable_within(50ms));
}

TEST_F(ServerTest, InvitesABodyThatWaitsForIt) {
  start_echo();
  RawClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_THAT(client.read_response(), Optional(EndsWith("POST / hi")));
}

TEST_F(ServerTest, RefusesATooLargeBodyBeforeItIsSent) {
  start_echo();
  for (const auto* expect : {"", "Expect: 100-continue\r\n"}) {
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(expect) +
                "Content-Length: 1048577\r\n\r\n");
    EXPECT_THAT(client.read_response(), Optional(StartsWith("HTTP/1.1 413 ")));
    client.finish();
    EXPECT_TRUE(client.closed_within(kSlack));
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, TheRefusalOfABodyReachesAClientThatSendsItAllTheSame) {
  start_echo();
  RawClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
  for (int i = 0; i < 30 && client.send(std::string(10'000, 'x')); ++i) continue;
  EXPECT_THAT(client.read_response(), Optional(StartsWith("HTTP/1.1 413 ")));
}

TEST_F(ServerTest, RefusesATooLargeHeader) {
  start_echo();
  RawClient client(port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(17'000, 'a') + "\r\n\r\n");
  EXPECT_THAT(client.read_response(), Optional(StartsWith("HTTP/1.1 431 ")));
}

TEST_F(ServerTest, RefusesAnAmbiguousRequestAndClosesWithoutReadingOn) {
  start_echo();
  RawClient client(port());
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
      "\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), Optional(testing::AllOf(StartsWith("HTTP/1.1 400 "),
                                                            testing::Not(HasSubstr("smuggled")))));
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, ASlowHeaderIsCutOffEvenWhenItKeepsComing) {
  options_.limits.read = kShort;
  start_echo();
  RawClient silent(port());
  RawClient dripping(port());
  const auto taken = time([&] {
    for (int i = 0; i < 200 && dripping.send("G"); ++i) {
      if (dripping.readable_within(20ms)) break;
    }
  });
  EXPECT_GE(taken, kShort - 20ms);
  EXPECT_LT(taken, kShort + kSlack);
  EXPECT_TRUE(silent.closed_within(kSlack));
}

TEST_F(ServerTest, ASlowHeaderOfALaterRequestIsCutOffToo) {
  options_.limits.read = kShort;
  start_echo();
  RawClient client(port());
  client.send(kGet);
  ASSERT_TRUE(client.read_response());
  EXPECT_FALSE(client.readable_within(2 * kShort));  // idle: another limit
  client.send("GET / HT");
  EXPECT_TRUE(client.closed_within(kShort + kSlack));
}

TEST_F(ServerTest, ASlowBodyIsCutOff) {
  options_.limits.read = kShort;
  start_echo();
  RawClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab");
  EXPECT_TRUE(client.closed_within(kShort + kSlack));
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, AnIdleConnectionIsClosed) {
  options_.limits.idle = kShort;
  start_echo();
  RawClient client(port());
  client.send(kGet);
  ASSERT_TRUE(client.read_response());
  EXPECT_TRUE(client.closed_within(kShort + kSlack));
}

TEST_F(ServerTest, TwoHundredSlowHeadersCostNobodyElseTheirAnswer) {
  options_.limits.read = 1s;
  options_.limits.connections = options_.limits.connections_per_peer = 1000;
  start_echo();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<RawClient>(port()));
    slow.back()->send("GET / HTTP/1.1\r\nA: ");
  }
  RawClient client(port());
  client.send(kGet);
  EXPECT_THAT(client.read_response(), Optional(EndsWith("GET / ")));
  for (const auto& one : slow) EXPECT_TRUE(one->closed_within(1s + kSlack));
}

TEST_F(ServerTest, AClientThatDoesNotReadIsCutOff) {
  options_.limits.write = kShort;
  start([](const HttpRequest& request) {
    return HttpResponse{200, std::string(request.path == "/big" ? 64 * 1024 * 1024 : 1, 'x')};
  });
  RawClient client(port());
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(client.readable_within(kSlack));
  sleep_until(clock_, clock_.steady_now() + 3 * kShort, {});
  const auto got = client.read_to_end();
  ASSERT_TRUE(got.has_value());
  EXPECT_LT(got->size(), 60u * 1024 * 1024);
}

TEST_F(ServerTest, AClientThatReadsSlowlyButSteadilyGetsAll) {
  options_.limits.write = 1s;
  constexpr std::size_t kSize = 24 * 1024 * 1024;  // far more than the sockets hold
  start([](const HttpRequest&) { return HttpResponse{200, std::string(kSize, 'x')}; });
  RawClient client(port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  std::size_t seen = 0;
  const auto taken = time([&] {
    while (const std::size_t some = client.skim(kSize / 16)) {
      seen += some;
      sleep_until(clock_, clock_.steady_now() + 100ms, {});
    }
  });
  EXPECT_GT(taken, options_.limits.write);
  EXPECT_GT(seen, kSize);
}

TEST_F(ServerTest, TooManyConnectionsAreClosedAtOnce) {
  options_.limits.connections_per_peer = 3;
  start_echo();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->send(kGet);
    ASSERT_TRUE(clients.back()->read_response());
  }
  RawClient fourth(port());
  EXPECT_TRUE(fourth.closed_within(kSlack));
  clients.pop_back();
  bool served = false;
  for (int i = 0; i < 200 && !served; ++i) {  // until the server has seen the client go
    RawClient again(port());
    again.send(kGet);
    served = again.read_response().has_value();
  }
  EXPECT_TRUE(served);
}

TEST_F(ServerTest, TheLimitOfAllConnectionsHoldsToo) {
  options_.limits.connections = 2;
  start_echo();
  RawClient first(port());
  RawClient second(port());
  first.send(kGet);
  second.send(kGet);
  ASSERT_TRUE(first.read_response() && second.read_response());
  RawClient third(port());
  EXPECT_TRUE(third.closed_within(kSlack));
}

TEST_F(ServerTest, AHandlerThatThrowsAnswers500AndTheServerGoesOn) {
  start([](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/bad") throw std::runtime_error("secret detail");
    return {200, "fine"};
  });
  RawClient client(port());
  client.send("GET /bad HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_response(), Optional(testing::AllOf(StartsWith("HTTP/1.1 500 "),
                                                              testing::Not(HasSubstr("secret")))));
  client.send(kGet);
  EXPECT_THAT(client.read_response(), Optional(EndsWith("fine")));
}

TEST_F(ServerTest, DrainLetsTheAnswerUnderWayThroughAndTakesNobodyNew) {
  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> go_on{0};
  start([&](const HttpRequest& request) {
    if (request.path == "/slow") {
      begun.release();
      go_on.acquire();
    }
    return HttpResponse{200, "done"};
  });
  RawClient idle(port());
  idle.send(kGet);
  ASSERT_TRUE(idle.read_response());
  RawClient busy(port());
  busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  begun.acquire();
  std::jthread drainer([&] { server_->drain(kLong); });
  EXPECT_TRUE(idle.closed_within(kSlack));
  RawClient late(port());
  EXPECT_TRUE(!late.connected() || late.closed_within(kSlack));
  go_on.release();
  EXPECT_THAT(busy.read_to_end(),
              Optional(testing::AllOf(HasSubstr("Connection: close\r\n"), EndsWith("done"))));
}

TEST_F(ServerTest, DrainEndsAtItsLimit) {
  start_echo();
  RawClient stuck(port());
  stuck.send(kGet + std::string("GET / HT"));  // half of a second request
  ASSERT_TRUE(stuck.read_response());
  const auto taken = time([&] { server_->drain(kShort); });
  EXPECT_GE(taken, kShort);
  EXPECT_LT(taken, kShort + kSlack);
  EXPECT_TRUE(stuck.closed_within(kSlack));
}

TEST_F(ServerTest, GoesAwayWithClientsAtEveryStage) {
  for (int i = 0; i < 20; ++i) {
    std::atomic<int> begun{0};
    start([&](const HttpRequest&) {
      ++begun;
      begun.notify_all();
      return HttpResponse{200, std::string(8 * 1024 * 1024, 'x')};
    });
    RawClient silent(port());
    RawClient half(port());
    half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
    RawClient unread(port());
    unread.send(kGet);
    begun.wait(0);
    server_.reset();
  }
}

TEST_F(ServerTest, ServesIpv6) {
  options_.address = "::";
  start_echo();
  for (const auto* address : {"::1", "127.0.0.1"}) {
    RawClient client(port(), address);
    client.send(kGet);
    EXPECT_THAT(client.read_response(), Optional(EndsWith("GET / "))) << address;
  }
}

TEST_F(ServerTest, SaysWhereItCannotListen) {
  start_echo();
  options_.port = port();
  const auto taken = Server::start(
      options_, [](const auto&) { return HttpResponse{}; }, clock_);
  EXPECT_EQ(taken.error().code, ErrorCode::Configuration);
  EXPECT_EQ(taken.error().message,
            "cannot listen on 127.0.0.1:" + std::to_string(port()) + ": Address already in use");
  options_.address = "localhost";
  EXPECT_THAT(Server::start(
                  options_, [](const auto&) { return HttpResponse{}; }, clock_)
                  .error()
                  .message,
              HasSubstr("the address must be an IP address"));
}

}  // namespace
}  // namespace sojourn::http
