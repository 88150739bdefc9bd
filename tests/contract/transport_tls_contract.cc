// Whom the transport trusts, who it says it is, and what it asks of the socket.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST_P(TransportContract, OnlyTheGivenAuthorityIsTrusted) {
  const fake::CertificateAuthority public_authority;
  auto options = tls_options();
  options.identity = public_authority.issue("server", {"IP:127.0.0.1"});
  const fake::ScriptedServer server(options, answer_everything);
  const auto answer = transport_to(server)->send(get(), {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:" + std::to_string(server.port())));
  EXPECT_THAT(answer.error().message, HasSubstr("certificate"));
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST_P(TransportContract, TheMachinesOwnAuthoritiesAreNotTrusted) {
  const std::string file = testing::TempDir() + "machine_authority.pem";
  std::ofstream(file) << authority().certificate();
  const char* const old = ::getenv("SSL_CERT_FILE");
  const std::string before = old != nullptr ? old : "";
  ::setenv("SSL_CERT_FILE", file.c_str(), 1);
  const fake::CertificateAuthority another;
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto connection = connection_to(server);
  connection.certificate_authority.data = another.certificate();
  EXPECT_FALSE(make(connection)->send(get(), {}).ok());
  if (old != nullptr) {
    ::setenv("SSL_CERT_FILE", before.c_str(), 1);
  } else {
    ::unsetenv("SSL_CERT_FILE");
  }
  std::filesystem::remove(file);
}

TEST_P(TransportContract, WithoutAnAuthorityNothingIsTrusted) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto connection = connection_to(server);
  connection.certificate_authority = {};
  EXPECT_EQ(make(connection)->send(get(), {}).error().code, ErrorCode::Configuration);
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportContract, TheCertificateMustNameTheServer) {
  struct Case {
    std::vector<std::string> names;
    std::string host;
    std::string server_name;
    bool accepted;
  };
  const std::vector<Case> cases{
      {{"IP:127.0.0.1"}, "127.0.0.1", "", true},
      {{"IP:10.0.0.1"}, "127.0.0.1", "", false},
      {{"DNS:127.0.0.1"}, "127.0.0.1", "", false},
      {{"DNS:localhost"}, "127.0.0.1", "", false},
      {{"DNS:kubernetes.default.svc"}, "127.0.0.1", "kubernetes.default.svc", true},
      {{"DNS:kubernetes.default"}, "127.0.0.1", "kubernetes.default.svc", false},
      {{"IP:127.0.0.1"}, "127.0.0.1", "kubernetes.default.svc", false},
      {{"IP:10.0.0.1"}, "127.0.0.1", "10.0.0.1", true},
      {{"DNS:localhost"}, "localhost", "", true},
      {{"DNS:elsewhere"}, "localhost", "", false},
      {{}, "127.0.0.1", "server", false},  // the CN alone is no name (RFC 9525)
  };
  for (const auto& c : cases) {
    auto options = tls_options();
    options.identity = authority().issue("server", c.names);
    const fake::ScriptedServer server(options, answer_everything);
    auto connection = connection_to(server, c.host);
    connection.tls_server_name = c.server_name;
    const auto answer = make(connection)->send(get(), {});
    EXPECT_EQ(answer.ok(), c.accepted)
        << testing::PrintToString(c.names) << " for " << c.host << " " << c.server_name << ": "
        << (answer.ok() ? "accepted" : answer.error().message);
    EXPECT_EQ(server.requests().size(), c.accepted ? 1u : 0u);
  }
}

TEST_P(TransportContract, AnExpiredCertificateIsRefused) {
  auto options = tls_options();
  options.identity = authority().issue("server", {"IP:127.0.0.1"}, -60);
  const fake::ScriptedServer server(options, answer_everything);
  EXPECT_THAT(transport_to(server)->send(get(), {}).error().message, HasSubstr("expired"));
}

TEST_P(TransportContract, OldTlsIsRefused) {
  auto options = tls_options();
  options.only_tls_1_1 = true;
  const fake::ScriptedServer server(options, answer_everything);
  EXPECT_EQ(transport_to(server)->send(get(), {}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST_P(TransportContract, AServerThatDoesNotSpeakTlsIsNamed) {
  const fake::ScriptedServer plain(
      {}, [](fake::Peer& peer) { peer.write("HTTP/1.0 400 Bad\r\n\r\n"); });
  const auto answer = transport_to(plain)->send(get(), {});
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("TLS"));
}

TEST_P(TransportContract, TheServerNameIsAskedForButNeverAnAddress) {
  std::mutex mutex;
  std::vector<std::string> asked;
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    {
      const std::lock_guard lock(mutex);
      asked.push_back(peer.server_name_asked());
    }
    answer_everything(peer);
  });
  ASSERT_TRUE(transport_to(server)->send(get(), {}).ok());
  ASSERT_TRUE(make(connection_to(server, "localhost"))->send(get(), {}).ok());
  auto named = connection_to(server);
  named.tls_server_name = "kubernetes.default.svc";
  ASSERT_TRUE(make(named)->send(get(), {}).ok());
  const std::lock_guard lock(mutex);
  EXPECT_THAT(asked, ::testing::ElementsAre("", "localhost", "kubernetes.default.svc"));
}

TEST_P(TransportContract, Ipv6LiteralsWork) {
  auto options = tls_options();
  options.address = "::1";
  const fake::ScriptedServer server(options, answer_everything);
  const auto connection = connection_to(server, "::1");
  const auto answer = make(connection)->send(get(), {});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(server.requests().at(0).headers.at("host"), "[::1]:" + connection.port);
}

TEST_P(TransportContract, ANameThatDoesNotExistIsNamed) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  const auto answer = make(connection_to(server, "no-such-host.invalid"))->send(get(), {});
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("no-such-host.invalid"));
}

TEST_P(TransportContract, ANewConnectionResumesTheSessionOfAnEarlierOne) {
  std::mutex mutex;
  std::vector<bool> resumed;
  const fake::ScriptedServer server(tls_options(), [&](fake::Peer& peer) {
    {
      const std::lock_guard lock(mutex);
      resumed.push_back(peer.session_resumed());
    }
    while (peer.read_request()) peer.reply(200, "ok", "Connection: close\r\n");
  });
  const auto transport = transport_to(server);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(transport->send(get(), {}).ok());
  const std::lock_guard lock(mutex);
  EXPECT_THAT(resumed, ::testing::ElementsAre(false, true, true, true));
}

// The sockets of this process that are connected to `port`.
std::vector<int> sockets_to(std::uint16_t port) {
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int socket = std::stoi(entry.path().filename());
    sockaddr_in6 peer{};  // the port is at the same place in both families
    socklen_t size = sizeof peer;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (ntohs(peer.sin6_port) == port) found.push_back(socket);
  }
  return found;
}

struct SocketOptions {
  int keepalive = 0, idle = 0, interval = 0, probes = 0, nodelay = 0;
  unsigned user_timeout = 0;
  bool operator==(const SocketOptions&) const = default;
};

template <typename T>
void read_option(int socket, int level, int name, T& value) {
  socklen_t size = sizeof value;
  ::getsockopt(socket, level, name, &value, &size);
}

std::vector<SocketOptions> options_of_sockets_to(std::uint16_t port) {
  std::vector<SocketOptions> found;
  for (const int socket : sockets_to(port)) {
    SocketOptions options;
    read_option(socket, SOL_SOCKET, SO_KEEPALIVE, options.keepalive);
    read_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, options.idle);
    read_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, options.interval);
    read_option(socket, IPPROTO_TCP, TCP_KEEPCNT, options.probes);
    read_option(socket, IPPROTO_TCP, TCP_NODELAY, options.nodelay);
    read_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, options.user_timeout);
    found.push_back(options);
  }
  return found;
}

TEST_P(TransportContract, DeadPeersAreNoticedByKeepaliveOnEveryConnection) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    auto options = tls_options();
    options.address = address;
    const fake::ScriptedServer server(options, answer_everything);
    const auto transport = make(connection_to(server, address));
    for (int use = 0; use < 2; ++use) {  // the second time the connection is a reused one
      ASSERT_TRUE(transport->send(get(), {}).ok());
      EXPECT_THAT(options_of_sockets_to(server.port()),
                  ::testing::ElementsAre(SocketOptions{1, 30, 10, 3, 1, 30'000}));
    }
  }
}

// The same options with a tenth of their patience.
void hurry(std::uint16_t port) {
  const auto set = [](int socket, int name, int value) {
    EXPECT_EQ(::setsockopt(socket, IPPROTO_TCP, name, &value, sizeof value), 0);
  };
  const auto sockets = sockets_to(port);
  EXPECT_EQ(sockets.size(), 1U);
  for (const int socket : sockets) {
    set(socket, TCP_KEEPIDLE, 3);
    set(socket, TCP_KEEPINTVL, 1);
    set(socket, TCP_USER_TIMEOUT, 3'000);
  }
}

TEST_P(TransportContract, AWatchWhosePeerNoPacketReachesEndsLongBeforeItsSilenceWould) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    peer.read_request();
    peer.begin_chunked();
    peer.chunk("event\n");
    peer.lose_packets();
    peer.hold();
  });
  const Stopwatch watch;
  std::string seen;
  const auto answer = transport_to(server)->stream(get("/x", std::chrono::seconds(150)),
                                                   [&](std::string_view chunk) {
                                                     seen += chunk;
                                                     hurry(server.port());
                                                     return Result<void>();
                                                   },
                                                   {});
  EXPECT_EQ(seen, "event\n");
  ASSERT_FALSE(answer.ok());
  // cpprestsdk does not tell the kernel's patience from its own.
  EXPECT_THAT(answer.error().code,
              ::testing::AnyOf(ErrorCode::Unavailable, ErrorCode::DeadlineExceeded))
      << answer.error().message;
  EXPECT_GE(watch.elapsed(), std::chrono::seconds(3)) << answer.error().message;
  EXPECT_LT(watch.elapsed(), std::chrono::seconds(15));
}

}  // namespace
}  // namespace sojourn::contract
