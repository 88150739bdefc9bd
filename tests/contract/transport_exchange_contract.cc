// Whole calls that go well, and answers of odd shapes.
#include <gmock/gmock.h>

#include <array>
#include <thread>
#include <vector>

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

using kube::Method;
using namespace std::chrono_literals;

TEST_P(TransportContract, ARequestCarriesItsTargetAndWhoWeAre) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto connection = connection_to(server);
  connection.token.data = "secret";
  connection.path_prefix = "/prefix";
  const auto answer = make(connection)->send(get("/api/v1/pods?limit=5&continue=a%2Fb"), {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/prefix/api/v1/pods?limit=5&continue=a%2Fb");
  EXPECT_EQ(seen.headers.at("host"), "127.0.0.1:" + connection.port);
  EXPECT_EQ(seen.headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(seen.headers.at("user-agent"), "contract/1");
  EXPECT_EQ(seen.headers.at("accept"), "application/json");
  EXPECT_EQ(seen.headers.count("accept-encoding"), 0u);
  EXPECT_EQ(seen.headers.count("content-length"), 0u);
}

TEST_P(TransportContract, ARequestThatMayBeAnsweredInProtobufSaysSo) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto request = get("/api/v1/pods");
  request.protobuf = true;
  ASSERT_TRUE(transport_to(server)->send(request, {}).ok());
  EXPECT_EQ(server.requests().at(0).headers.at("accept"),
            "application/vnd.kubernetes.protobuf, application/json");
}

TEST_P(TransportContract, WritesCarryTheirBody) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  const auto transport = transport_to(server);
  std::size_t count = 0;
  for (const Method method : {Method::Post, Method::Put, Method::Patch, Method::Delete}) {
    ASSERT_TRUE(transport->send(write_with(method), {}).ok());
    const auto seen = server.requests().at(count++);
    EXPECT_EQ(seen.method, kube::to_string(method));
    EXPECT_EQ(seen.headers.at("content-type"), "application/json");
    EXPECT_EQ(seen.body, "{\"a\":1}");
  }
}

TEST_P(TransportContract, ABigBodyArrivesWhole) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto request = write_with(Method::Post);
  request.body.assign(2 * 1024 * 1024, 'x');
  ASSERT_TRUE(transport_to(server)->send(request, {}).ok());
  EXPECT_EQ(server.requests().at(0).body, request.body);
}

TEST_P(TransportContract, EveryStatusIsAnAnswer) {
  constexpr std::array kStatuses{200, 201, 202, 400, 401, 403, 404, 405, 409,
                                 410, 413, 415, 422, 429, 500, 503, 504};
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    while (const auto request = peer.read_request()) {
      peer.reply(std::stoi(request->target.substr(1)), "about " + request->target);
    }
  });
  const auto transport = transport_to(server);
  for (const int status : kStatuses) {
    for (const Method method : {Method::Get, Method::Post, Method::Delete}) {
      auto request = get("/" + std::to_string(status));
      request.method = method;
      const auto answer = transport->send(request, {});
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      EXPECT_EQ(answer->status, status);
      EXPECT_EQ(answer->body, "about " + request.target);
    }
  }
}

TEST_P(TransportContract, AnswersWithoutABodyEnd) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (peer.read_request()) peer.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 2; ++i) {
    const auto answer = transport->send(write_with(Method::Delete), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, 204);
  }
}

TEST_P(TransportContract, RedirectsAreAnswersAndNotFollowed) {
  const fake::ScriptedServer other(tls_options(), answer_everything);
  const auto there = "https://127.0.0.1:" + std::to_string(other.port()) + "/y";
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    while (const auto request = peer.read_request()) {
      peer.reply(std::stoi(request->target.substr(1)), "", "Location: " + there + "\r\n");
    }
  });
  auto connection = connection_to(server);
  connection.token.data = "secret";
  const auto transport = make(connection);
  for (const int status : {301, 302, 303, 307, 308}) {
    const auto answer = transport->send(get("/" + std::to_string(status)), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, status);
  }
  EXPECT_EQ(other.connections(), 0);
}

TEST_P(TransportContract, DateAndRetryAfterAreRead) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    for (const auto* wait : {"7", "Thu, 01 Jan 2026 00:01:30 GMT", "soon", "-1"}) {
      peer.read_request();
      peer.reply(
          429, "",
          "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: " + std::string(wait) + "\r\n");
    }
    answer_everything(peer);
  });
  const auto transport = transport_to(server);
  const auto first = transport->send(get(), {});
  EXPECT_EQ(first->date, Time{std::chrono::seconds{1'767'225'600}});
  EXPECT_EQ(first->retry_after, 7s);
  EXPECT_EQ(transport->send(get(), {})->retry_after, 90s);
  EXPECT_EQ(transport->send(get(), {})->retry_after, std::nullopt);
  EXPECT_EQ(transport->send(get(), {})->retry_after, std::nullopt);
  const auto without = transport->send(get(), {});
  EXPECT_EQ(without->date, std::nullopt);
  EXPECT_EQ(without->retry_after, std::nullopt);
}

TEST_P(TransportContract, ChunkedAnswersAreJoinedHoweverTheyAreCut) {
  const bool trailers = GetParam().nature.reads_interim_answers_and_trailers;
  const std::string whole =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1;ext=1\r\n \r\nA\r\n0123456789\r\n0\r\n" +
      std::string(trailers ? "Trailer: x\r\n" : "") + "\r\n";
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    for (const std::size_t piece : {whole.size(), std::size_t{1}, std::size_t{7}}) {
      peer.read_request();
      for (std::size_t at = 0; at < whole.size(); at += piece) peer.write(whole.substr(at, piece));
    }
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 3; ++i) {
    const auto answer = transport->send(get(), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body, "hello 0123456789");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(TransportContract, AnAnswerWithoutLengthEndsWithTheConnection) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
  });
  const auto transport = transport_to(server);
  for (int i = 1; i <= 2; ++i) {
    const auto answer = transport->send(get(), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body, "all of it");
    EXPECT_EQ(server.connections(), i);
  }
}

TEST_P(TransportContract, InterimAnswersAreSkipped) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (peer.read_request()) {
      peer.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
      peer.reply(201, "made");
    }
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 2; ++i) {
    const auto answer = transport->send(write_with(Method::Post), {});
    if (!GetParam().nature.reads_interim_answers_and_trailers) {
      ASSERT_FALSE(answer.ok());
      EXPECT_EQ(answer.error().code, ErrorCode::Malformed);
      EXPECT_EQ(server.connections(), i + 1) << "what follows must not be the next one's answer";
      continue;
    }
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "made");
  }
}

TEST_P(TransportContract, AnAnswerOverTheLimitIsCutOff) {
  constexpr std::size_t kLimit = 3 * 1024 * 1024;
  for (const bool chunked : {false, true}) {
    for (const bool fits : {false, true}) {
      const std::string body(kLimit + (fits ? 0 : 1), 'x');
      const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
        peer.read_request();
        if (!chunked) {
          peer.reply(200, body);
        } else {
          peer.begin_chunked();
          peer.chunk(body);
          peer.end_chunked();
        }
        peer.hold();
      });
      const auto answer = transport_to(server)->send(get(), {});
      ASSERT_EQ(answer.ok(), fits) << "chunked: " << chunked;
      if (fits) {
        EXPECT_EQ(answer->body, body);
      } else {
        EXPECT_EQ(answer.error().code, ErrorCode::TooLarge);
      }
    }
  }
}

TEST_P(TransportContract, BytesThatAreNotHttpAreRefused) {
  const std::string endless(200 * 1024, 'a');
  const std::vector<std::pair<std::string, ErrorCode>> cases{
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorCode::Malformed},
      {"HTTP/1.1 abc\r\n\r\n", ErrorCode::Malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ErrorCode::Malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", ErrorCode::Malformed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ErrorCode::Malformed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n", ErrorCode::Malformed},
      {"HTTP/1.1 200 OK\r\nA: " + endless + "\r\n\r\n", ErrorCode::TooLarge},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + endless,
       GetParam().nature.limits_lines ? ErrorCode::Malformed : ErrorCode::DeadlineExceeded},
  };
  for (const auto& [bytes, code] : cases) {
    const fake::ScriptedServer server(tls_options(), [&bytes = bytes](fake::Peer& peer) {
      peer.read_request();
      peer.write(bytes);
      peer.hold();
    });
    const auto answer = transport_to(server)->send(get("/x", 2000ms), {});
    ASSERT_FALSE(answer.ok()) << bytes.substr(0, 80);
    EXPECT_EQ(answer.error().code, code) << bytes.substr(0, 80) << answer.error().message;
    EXPECT_THAT(answer.error().message, ::testing::HasSubstr("127.0.0.1:")) << bytes.substr(0, 80);
  }
}

TEST_P(TransportContract, CallsInARowShareOneConnection) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  const auto transport = transport_to(server);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(transport->send(get(), {}).ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(transport->send(write_with(Method::Patch), {}).ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(TransportContract, CallersAtTheSameTimeHaveAConnectionEach) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  const auto transport = transport_to(server);
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        for (int n = 0; n < 50; ++n) EXPECT_TRUE(transport->send(get(), {}).ok());
      });
    }
  }
  EXPECT_EQ(server.requests().size(), 400u);
  EXPECT_LE(server.connections(), 8);
}

TEST_P(TransportContract, AConnectionTheServerWantsClosedIsNotUsedAgain) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (peer.read_request()) peer.reply(200, "ok", "Connection: close\r\n");
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(transport->send(write_with(Method::Post), {}).ok());
  EXPECT_EQ(server.connections(), 3);
}

TEST_P(TransportContract, BytesAfterTheAnswerAreNeverTakenForTheNext) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (peer.read_request()) {
      peer.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
          "Content-Length: 4\r\n\r\nevil");
    }
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(transport->send(get(), {})->body, "ok");
}

TEST_P(TransportContract, ABrokenTokenIsRefusedBeforeAnythingIsSent) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  for (const auto& token : std::vector<std::string>{"a\r\nX-Evil: 1", "a\nb", "a b", {"a\0b", 3}}) {
    auto connection = connection_to(server);
    connection.token.data = token;
    const auto answer = make(connection)->send(get(), {});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::Invalid);
    EXPECT_THAT(answer.error().message, ::testing::Not(::testing::HasSubstr("Evil")));
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportContract, ATargetThatWouldBreakTheRequestLineIsRefused) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  for (const std::string target : {"/x\r\nX-Evil: 1", "/a b", "/\x01"}) {
    EXPECT_EQ(transport_to(server)->send(get(target), {}).error().code, ErrorCode::Invalid);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportContract, PlainHttpIsSpokenWhenAsked) {
  const fake::ScriptedServer server({}, answer_everything);
  auto connection = connection_to(server);
  connection.tls = false;
  connection.certificate_authority = {};
  const auto transport = make(connection);
  EXPECT_EQ(transport->send(get(), {})->body, "ok");
  EXPECT_EQ(transport->send(write_with(Method::Put), {})->body, "ok");
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace sojourn::contract
