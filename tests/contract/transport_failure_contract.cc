// Calls that fail: what the caller is told, when, and what the server has seen of it.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

using kube::Method;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::array kWrites{Method::Post, Method::Put, Method::Patch, Method::Delete};

// Long enough to tell a limit that was kept from one that was not, on a busy machine.
constexpr auto kSlack = 3000ms;

TEST_P(TransportContract, ARefusedConnectionIsNamed) {
  kube::Connection connection;
  {
    const fake::ScriptedServer gone(tls_options(), answer_everything);
    connection = connection_to(gone);
  }
  const auto answer = make(connection)->send(get(), {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:" + connection.port));
  EXPECT_THAT(answer.error().message, HasSubstr("Connection refused"));
}

TEST_P(TransportContract, ASilentServerMeetsTheDeadline) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.hold();
  });
  const auto transport = transport_to(server);
  for (const Method method : {Method::Get, Method::Post, Method::Patch}) {
    const Stopwatch watch;
    auto request = get("/x", 200ms);
    request.method = method;
    const auto answer = transport->send(request, {});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::DeadlineExceeded);
    EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:"));
    EXPECT_GE(watch.elapsed(), 190ms);
    EXPECT_LT(watch.elapsed(), 200ms + kSlack);
  }
  EXPECT_EQ(server.requests().size(), 3u);  // none was sent twice
}

TEST_P(TransportContract, TheDeadlineIsForTheWholeCallHoweverBusyTheServerSeems) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    while (peer.pause(20ms) && peer.chunk("x")) continue;
  });
  const Stopwatch watch;
  const auto answer = transport_to(server)->send(get("/x", 300ms), {});
  EXPECT_EQ(answer.error().code, ErrorCode::DeadlineExceeded);
  EXPECT_LT(watch.elapsed(), 300ms + kSlack);
}

TEST_P(TransportContract, AServerThatNeverShakesHandsMeetsTheDeadline) {
  auto options = tls_options();
  options.silent_before_handshake = true;
  const fake::ScriptedServer server(options, answer_everything);
  const Stopwatch watch;
  EXPECT_EQ(transport_to(server)->send(get("/x", 200ms), {}).error().code,
            ErrorCode::DeadlineExceeded);
  EXPECT_LT(watch.elapsed(), 200ms + kSlack);
}

TEST_P(TransportContract, AServerThatDoesNotReadMeetsTheDeadline) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) { peer.pause(5000ms); });
  auto request = write_with(Method::Post, 300ms);
  request.body.assign(16 * 1024 * 1024, 'x');
  const Stopwatch watch;
  EXPECT_EQ(transport_to(server)->send(request, {}).error().code, ErrorCode::DeadlineExceeded);
  EXPECT_LT(watch.elapsed(), 300ms + kSlack);
}

TEST_P(TransportContract, ACutAnswerIsUnavailable) {
  using Ending = void (fake::Peer::*)();
  for (const Ending ending : {&fake::Peer::tls_close, &fake::Peer::fin, &fake::Peer::rst}) {
    for (const auto* part : {"", "HTTP/1.1 200 OK\r\nConte",
                             "HTTP/1.1 200 OK\r\n"
                             "Content-Length: 5\r\n\r\nabc"}) {
      const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
        peer.read_request();
        peer.write(part);
        (peer.*ending)();
        peer.hold();
      });
      const auto transport = transport_to(server);
      for (const Method method : {Method::Get, Method::Post}) {
        auto request = get();
        request.method = method;
        const auto answer = transport->send(request, {});
        ASSERT_FALSE(answer.ok()) << part;
        EXPECT_EQ(answer.error().code, ErrorCode::Unavailable) << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:"));
      }
      EXPECT_EQ(server.requests().size(), 2u) << "on a new connection nothing is sent twice";
    }
  }
}

// An answer without a length that ends without a TLS goodbye may have been cut by anybody.
TEST_P(TransportContract, AnEndWithoutGoodbyeIsNotTheEndOfAnAnswer) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it");
    peer.fin();
    peer.hold();
  });
  EXPECT_EQ(transport_to(server)->send(get(), {}).error().code, ErrorCode::Unavailable);
}

// The first connection answers once and is closed by `ending` when the second request has come.
fake::ScriptedServer::Script closes_instead_of_second_answer(void (fake::Peer::*ending)()) {
  return [ending](fake::Peer& peer) {
    peer.read_request();
    peer.reply(200, "first");
    if (peer.index() == 0) {
      peer.read_request();
      (peer.*ending)();
      peer.hold();
    } else {
      answer_everything(peer);
    }
  };
}

TEST_P(TransportContract, AReadLostOnAKeptConnectionIsAskedOnceMore) {
  using Ending = void (fake::Peer::*)();
  for (const Ending ending : {&fake::Peer::tls_close, &fake::Peer::fin, &fake::Peer::rst}) {
    const fake::ScriptedServer server(tls_options(), closes_instead_of_second_answer(ending));
    const auto transport = transport_to(server);
    ASSERT_TRUE(transport->send(get("/1"), {}).ok());
    const auto again = transport->send(get("/2"), {});
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->body, "first");
    EXPECT_EQ(server.requests().size(), 3u);
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_P(TransportContract, AWriteLostOnAKeptConnectionIsNotSentAgain) {
  using Ending = void (fake::Peer::*)();
  for (const Ending ending : {&fake::Peer::tls_close, &fake::Peer::fin, &fake::Peer::rst}) {
    for (const Method method : kWrites) {
      const fake::ScriptedServer server(tls_options(), closes_instead_of_second_answer(ending));
      const auto transport = transport_to(server);
      ASSERT_TRUE(transport->send(get("/1"), {}).ok());
      const auto lost = transport->send(write_with(method), {});
      ASSERT_FALSE(lost.ok());
      EXPECT_EQ(lost.error().code, ErrorCode::Unavailable);
      EXPECT_EQ(server.requests().size(), 2u);
      EXPECT_EQ(server.connections(), 1);
      EXPECT_TRUE(transport->send(write_with(method), {}).ok());  // the next has a new connection
    }
  }
}

TEST_P(TransportContract, AReadIsAskedOnceMoreAndNotTwice) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    if (peer.index() == 0) {
      peer.reply(200, "first");
      peer.read_request();
    }
  });
  const auto transport = transport_to(server);
  ASSERT_TRUE(transport->send(get(), {}).ok());
  EXPECT_EQ(transport->send(get(), {}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(server.connections(), 2);
}

TEST_P(TransportContract, AReadWhoseAnswerHadBegunIsNotAskedAgain) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.reply(200, "first");
    peer.read_request();
    peer.write(GetParam().nature.sees_first_byte
                   ? "HTTP/1.1 200 OK\r\nContent-Le"
                   : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
  });
  const auto transport = transport_to(server);
  ASSERT_TRUE(transport->send(get(), {}).ok());
  EXPECT_EQ(transport->send(get(), {}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_P(TransportContract, AConnectionClosedMeanwhileDoesNotCostAWrite) {
  using Ending = void (fake::Peer::*)();
  for (const Ending ending : {&fake::Peer::tls_close, &fake::Peer::fin, &fake::Peer::rst}) {
    std::atomic<bool> closed{false};
    const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
      peer.read_request();
      peer.reply(200, "ok");
      if (peer.index() > 0) return;
      (peer.*ending)();
      closed = true;
      closed.notify_all();
      peer.hold();
    });
    const auto transport = transport_to(server);
    ASSERT_TRUE(transport->send(get(), {}).ok());
    closed.wait(false);
    const auto answer = transport->send(write_with(Method::Post), {});
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(server.requests().size(), 2u);
  }
}

TEST_P(TransportContract, ACallThatIsCancelledBeforehandIsNotMade) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(transport_to(server)->send(get(), stop.get_token()).error().code, ErrorCode::Cancelled);
  EXPECT_EQ(server.connections(), 0);
}

// Cancels a call that is under way in `transport`; returns what it ended with.
Error cancelled_call(kube::Transport& transport, const fake::ScriptedServer& server,
                     bool streamed) {
  std::stop_source stop;
  const int before = server.connections();
  Result<kube::Response> answer = kube::Response{};
  std::jthread caller([&] {
    const auto request = get("/x", 20s);
    answer = streamed ? transport.stream(
                            request, [](auto) { return Result<void>(); }, stop.get_token())
                      : transport.send(request, stop.get_token());
  });
  while (server.connections() == before) std::this_thread::yield();
  const Stopwatch watch;
  stop.request_stop();
  caller.join();
  EXPECT_LT(watch.elapsed(), kSlack);
  return answer ? Error{ErrorCode::Internal, "it was not cancelled"} : answer.error();
}

TEST_P(TransportContract, CancellationReachesACallWhereverItWaits) {
  auto silent = tls_options();
  silent.silent_before_handshake = true;
  const fake::ScriptedServer handshake(silent, answer_everything);
  const fake::ScriptedServer head(tls_options(), [](fake::Peer& peer) { peer.hold(); });
  const fake::ScriptedServer body(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    peer.chunk("a");
    peer.hold();
  });
  for (const auto* server : {&handshake, &head, &body}) {
    const auto transport = transport_to(*server);
    for (const bool streamed : {false, true}) {
      const Error error = cancelled_call(*transport, *server, streamed);
      EXPECT_EQ(error.code, ErrorCode::Cancelled) << error.message;
    }
  }
}

TEST_P(TransportContract, CancellingOneCallLeavesTheOthersAlone) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (const auto request = peer.read_request()) {
      if (request->target == "/slow") peer.hold();
      peer.reply(200, "ok");
    }
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 20; ++i) {
    std::stop_source stop;
    std::jthread slow([&] { (void)transport->send(get("/slow", 20s), stop.get_token()); });
    EXPECT_TRUE(transport->send(get("/quick"), {}).ok());
    stop.request_stop();
    slow.join();
    EXPECT_TRUE(transport->send(get("/quick"), stop.get_token()).error().code ==
                ErrorCode::Cancelled);
    EXPECT_TRUE(transport->send(get("/quick"), {}).ok());
  }
}

TEST_P(TransportContract, AStopThatComesWithTheAnswerNeverHarmsTheNextCall) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  const auto transport = transport_to(server);
  for (int i = 0; i < 300; ++i) {
    std::stop_source stop;
    std::jthread racer([&] { stop.request_stop(); });
    const auto raced = transport->send(get(), stop.get_token());
    EXPECT_TRUE(raced.ok() || raced.error().code == ErrorCode::Cancelled);
    racer.join();
    const auto next = transport->send(write_with(Method::Post), {});
    ASSERT_TRUE(next.ok()) << next.error().message;
  }
}

}  // namespace
}  // namespace sojourn::contract
