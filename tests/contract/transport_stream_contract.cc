// Lists and watches: bodies handed on as they arrive.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using Ending = void (fake::Peer::*)();

constexpr auto kSlack = 3000ms;

// Keeps what arrives.
struct Collector {
  std::string bytes;
  kube::ChunkHandler handler = [this](std::string_view chunk) {
    bytes += chunk;
    return Result<void>();
  };
};

TEST_P(TransportContract, AStreamHandsOnWhatArrivesWithoutWaitingForMore) {
  std::atomic<int> seen{0};
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    for (int i = 0; i < 5; ++i) {
      peer.chunk("event " + std::to_string(i) + "\n");
      seen.wait(i);  // the next only after the client has had this one
    }
    peer.end_chunked();
    peer.hold();
  });
  std::string all;
  const auto answer = transport_to(server)->stream(get(),
                                                   [&](std::string_view chunk) {
                                                     all += chunk;
                                                     ++seen;
                                                     seen.notify_all();
                                                     return Result<void>();
                                                   },
                                                   {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(all, "event 0\nevent 1\nevent 2\nevent 3\nevent 4\n");
}

TEST_P(TransportContract, AStreamThatEndedLeavesItsConnectionForTheNextCall) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (peer.read_request()) {
      peer.begin_chunked();
      peer.chunk("a");
      peer.end_chunked();
    }
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 5; ++i) {
    Collector got;
    ASSERT_TRUE(transport->stream(get(), got.handler, {}).ok());
    EXPECT_EQ(got.bytes, "a");
    ASSERT_TRUE(transport->send(get(), {}).ok());
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(TransportContract, AStreamTakesAnAnswerWithALengthOrWithNone) {
  for (const auto* head : {"Content-Length: 5", "Connection: close"}) {
    const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
      peer.read_request();
      peer.write("HTTP/1.1 200 OK\r\n" + std::string(head) + "\r\n\r\nhello");
    });
    Collector got;
    const auto answer = transport_to(server)->stream(get(), got.handler, {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(got.bytes, "hello");
  }
}

TEST_P(TransportContract, ARefusedStreamKeepsItsBodyAndHandsOnNothing) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (const auto request = peer.read_request()) {
      peer.begin_chunked(std::stoi(request->target.substr(1)));
      peer.chunk("{\"kind\":\"Status\"}");
      peer.end_chunked();
    }
  });
  const auto transport = transport_to(server);
  for (const int status : {301, 401, 403, 404, 410, 429, 500}) {
    Collector got;
    const auto answer = transport->stream(get("/" + std::to_string(status)), got.handler, {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->body, "{\"kind\":\"Status\"}");
    EXPECT_EQ(got.bytes, "");
  }
}

TEST_P(TransportContract, ABrokenStreamGivesWhatCameAndAnError) {
  struct Case {
    const char* after;  // sent behind one whole chunk
    Ending ending;
    ErrorCode code;
    const char* bytes;
  };
  const bool parts = GetParam().nature.streams_within_chunks;
  const auto of_sign =
      GetParam().nature.reads_signs ? ErrorCode::Malformed : ErrorCode::Unavailable;
  for (const Case& c :
       {Case{"", &fake::Peer::tls_close, ErrorCode::Unavailable, "whole\n"},
        Case{"", &fake::Peer::fin, ErrorCode::Unavailable, "whole\n"},
        Case{"", &fake::Peer::rst, ErrorCode::Unavailable, "whole\n"},
        Case{"5\r\nha", &fake::Peer::fin, ErrorCode::Unavailable, parts ? "whole\nha" : "whole\n"},
        Case{"5\r\nhello", &fake::Peer::fin, ErrorCode::Unavailable,
             parts ? "whole\nhello" : "whole\n"},
        Case{"0\r\n", &fake::Peer::tls_close, ErrorCode::Unavailable, "whole\n"},
        Case{"zz\r\n", &fake::Peer::tls_close, ErrorCode::Malformed, "whole\n"},
        Case{"-5\r\n", &fake::Peer::tls_close, of_sign, "whole\n"},
        Case{"-1\r\n\r\n", &fake::Peer::tls_close, ErrorCode::Malformed, "whole\n"}}) {
    std::atomic<bool> taken{false};
    const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
      peer.read_request();
      peer.begin_chunked();
      peer.chunk("whole\n");
      taken.wait(false);  // a RST would throw away what was not read yet
      peer.write(c.after);
      (peer.*c.ending)();
      peer.hold();
    });
    Collector got;
    const auto answer = transport_to(server)->stream(get(),
                                                     [&](std::string_view chunk) {
                                                       taken = true;
                                                       taken.notify_all();
                                                       return got.handler(chunk);
                                                     },
                                                     {});
    ASSERT_FALSE(answer.ok()) << c.after;
    EXPECT_EQ(answer.error().code, c.code) << c.after << ": " << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:"));
    EXPECT_EQ(got.bytes, c.bytes);
    EXPECT_EQ(server.requests().size(), 1u) << "a stream that had begun is not asked for again";
  }
}

TEST_P(TransportContract, AReaderEndsTheStreamWithItsOwnError) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    while (peer.chunk("x")) continue;
  });
  const auto transport = transport_to(server);
  const auto answer = transport->stream(get(),
                                        [](auto) {
                                          return Error{ErrorCode::Gone, "enough"};
                                        },
                                        {});
  EXPECT_EQ(answer.error().code, ErrorCode::Gone);
  EXPECT_EQ(answer.error().message, "enough");
}

TEST_P(TransportContract, AReaderThatThrowsEndsOnlyItsStream) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    peer.chunk("x");
    peer.hold();
  });
  const auto answer = transport_to(server)->stream(
      get(), [](auto) -> Result<void> { throw std::runtime_error("poison"); }, {});
  EXPECT_EQ(answer.error().code, ErrorCode::Internal);
  EXPECT_THAT(answer.error().message, HasSubstr("poison"));
}

TEST_P(TransportContract, SilenceEndsAStreamAtItsLimit) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    peer.chunk("a");
    peer.hold();
  });
  Collector got;
  const Stopwatch watch;
  const auto answer = transport_to(server)->stream(get("/x", 300ms), got.handler, {});
  EXPECT_EQ(answer.error().code, ErrorCode::DeadlineExceeded);
  EXPECT_EQ(got.bytes, "a");
  EXPECT_GE(watch.elapsed(), 290ms);
  EXPECT_LT(watch.elapsed(), 300ms + kSlack);
}

TEST_P(TransportContract, AStreamThatSpeaksWithinTheLimitLivesOn) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    for (int i = 0; i < 8; ++i) {
      peer.pause(100ms);
      peer.chunk(".");
    }
    peer.end_chunked();
  });
  Collector got;
  const auto answer = transport_to(server)->stream(get("/x", 400ms), got.handler, {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(got.bytes, "........");
}

TEST_P(TransportContract, EightBlockedWatchesEndTogether) {
  std::atomic<int> watching{0};
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    peer.chunk("a");
    peer.hold();
  });
  const auto transport = transport_to(server);
  std::stop_source stop;
  std::vector<std::jthread> watches;
  for (int i = 0; i < 8; ++i) {
    watches.emplace_back([&] {
      const auto answer = transport->stream(
          get("/x", 60s),
          [&](auto) {
            ++watching;
            watching.notify_all();
            return Result<void>();
          },
          stop.get_token());
      EXPECT_EQ(answer.error().code, ErrorCode::Cancelled);
    });
  }
  for (int n = watching; n < 8; n = watching) watching.wait(n);
  const Stopwatch watch;
  stop.request_stop();
  watches.clear();
  EXPECT_LT(watch.elapsed(), 1000ms);
}

TEST_P(TransportContract, ATransportCanGoAHundredTimesWithALiveWatch) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    while (peer.chunk("a") && peer.pause(1ms)) continue;
  });
  for (int i = 0; i < 100; ++i) {
    auto transport = transport_to(server);
    std::atomic<bool> live{false};
    std::jthread watch([&](const std::stop_token& stop) {
      const auto answer = transport->stream(
          get("/x", 60s),
          [&](auto) {
            live = true;
            live.notify_all();
            return Result<void>();
          },
          stop);
      EXPECT_EQ(answer.error().code, ErrorCode::Cancelled);
    });
    live.wait(false);
    watch.request_stop();
    watch.join();
    transport.reset();
  }
}

TEST_P(TransportContract, ASlowReaderHoldsTheServerBackInsteadOfFillingMemory) {
  constexpr std::size_t kPiece = 64 * 1024;
  constexpr std::size_t kAll = 2000 * kPiece;  // 125 MiB: far more than sockets hold
  std::atomic<std::size_t> sent{0};
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    const std::string piece(kPiece, 'x');
    while (sent < kAll && peer.chunk(piece)) sent += kPiece;
    peer.end_chunked();
    peer.hold();
  });
  std::size_t received = 0;
  std::size_t most_ahead = 0;
  std::size_t most_heap = 0;
  SystemClock clock;
  const auto answer = transport_to(server)->stream(
      get(),
      [&](std::string_view chunk) {
        // Slow at first, so that the server would run far ahead if it could.
        if (received < 100 * chunk.size()) sleep_until(clock, clock.steady_now() + 2ms, {});
        received += chunk.size();
        const std::size_t sent_now = sent;  // once, for it grows meanwhile
        most_ahead = std::max(most_ahead, sent_now - std::min(sent_now, received));
        most_heap = std::max(most_heap, heap_in_use());
        return Result<void>();
      },
      {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(received, kAll);
  EXPECT_LT(most_ahead, 24u * 1024 * 1024);
  EXPECT_LT(most_heap, 16u * 1024 * 1024);
}

TEST_P(TransportContract, AThousandReconnectsLeaveNothingBehind) {
  constexpr std::array<Ending, 3> kEndings{&fake::Peer::tls_close, &fake::Peer::fin,
                                           &fake::Peer::rst};
  fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    peer.chunk("event\n");
    const auto kind = static_cast<std::size_t>(peer.index()) % 5;
    if (kind == 4) peer.write("5\r\nha");
    if (kind == 3) peer.write("zz\r\n");
    (peer.*kEndings[kind % 3])();
    peer.hold();
  });
  const auto transport = transport_to(server);
  const auto reconnect = [&](int times) {
    for (int i = 0; i < times; ++i) {
      Collector got;
      EXPECT_FALSE(transport->stream(get(), got.handler, {}).ok());
    }
    server.forget_requests();
  };
  reconnect(100);
  const std::size_t descriptors = open_descriptors();
  const std::size_t heap = heap_in_use();
  reconnect(1000);
  EXPECT_EQ(server.connections(), 1100);
  // The server's last connections may be on their way out; 1,000 lost ones would be seen.
  EXPECT_LE(open_descriptors(), descriptors + 10);
  EXPECT_LT(heap_in_use(), heap + 512 * 1024);
}

}  // namespace
}  // namespace sojourn::contract
