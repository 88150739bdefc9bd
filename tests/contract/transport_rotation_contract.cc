// Credentials that change while the transport lives, and connections that grow old.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include "tests/contract/transport_contract.h"

namespace sojourn::contract {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST_P(TransportRotation, TheTokenFileIsReadAgainWithinAMinute) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto connection = connection_to(server);
  connection.token.file = file("token");
  write("token", "first\n");
  const auto transport = make_rotating(connection);
  const auto token_sent = [&] {
    EXPECT_TRUE(transport->send(get(), {}).ok());
    return server.requests().back().headers.at("authorization");
  };
  EXPECT_EQ(token_sent(), "Bearer first");
  write("token", "second\n");
  EXPECT_EQ(token_sent(), "Bearer first");
  a_minute_passes();
  EXPECT_EQ(token_sent(), "Bearer second");
  std::filesystem::remove(file("token"));  // the kubelet is in the middle of something
  a_minute_passes();
  EXPECT_EQ(token_sent(), "Bearer second");
}

TEST_P(TransportRotation, AfterA401TheTokenIsReadAtOnce) {
  const fake::ScriptedServer server(tls_options(), [](fake::Peer& peer) {
    while (const auto request = peer.read_request()) {
      peer.reply(request->headers.at("authorization") == "Bearer new" ? 200 : 401, "");
    }
  });
  auto connection = connection_to(server);
  connection.token.file = file("token");
  write("token", "old");
  const auto transport = make_rotating(connection);
  write("token", "old");
  EXPECT_EQ(transport->send(get(), {})->status, 401);
  write("token", "new");
  EXPECT_EQ(transport->send(get(), {})->status, 200);
}

TEST_P(TransportRotation, AMissingTokenFileIsNamed) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  auto connection = connection_to(server);
  connection.token.file = file("none");
  const auto answer = make_rotating(connection)->send(get(), {});
  EXPECT_EQ(answer.error().code, ErrorCode::Configuration);
  EXPECT_THAT(answer.error().message, HasSubstr(file("none")));
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportRotation, ARenewedClientCertificateIsUsedWithoutAFailedCall) {
  std::mutex mutex;
  std::vector<std::string> clients;
  auto options = tls_options();
  options.client_authority = authority().certificate();
  const fake::ScriptedServer server(options, [&](fake::Peer& peer) {
    {
      const std::lock_guard lock(mutex);
      clients.push_back(peer.client_common_name());
    }
    answer_everything(peer);
  });
  const auto first = authority().issue("first", {});
  const auto second = authority().issue("second", {});
  auto connection = connection_to(server);
  connection.client_certificate.file = file("client.crt");
  connection.client_key.file = file("client.key");
  write("client.crt", first.certificate);
  write("client.key", first.key);
  const auto transport = make_rotating(connection);
  const auto call = [&] {
    const auto answer = transport->send(get(), {});
    EXPECT_TRUE(answer.ok()) << answer.error().message;
  };
  for (int half_minutes = 0; half_minutes < 4; ++half_minutes) {
    call();  // nothing has changed: the same connection, for it is never idle long
    fake_clock_.advance(30s);
  }
  EXPECT_EQ(server.connections(), 1);
  write("client.crt", second.certificate);  // the key is still the first one's
  a_minute_passes();
  call();
  write("client.key", second.key);
  a_minute_passes();
  call();
  const std::lock_guard lock(mutex);
  EXPECT_EQ(clients.front(), "first");
  EXPECT_EQ(clients.back(), "second");
}

TEST_P(TransportRotation, ARenewedAuthorityIsTrustedAndTheOldOneNoMore) {
  const fake::CertificateAuthority renewed;
  auto options = tls_options();
  options.identity = renewed.issue("server", {"IP:127.0.0.1"});
  const fake::ScriptedServer old_server(tls_options(), answer_everything);
  const fake::ScriptedServer new_server(options, answer_everything);
  write("ca.crt", authority().certificate());
  auto connection = connection_to(old_server);
  connection.certificate_authority = {"", file("ca.crt")};
  const auto to_old = make_rotating(connection);
  connection.port = std::to_string(new_server.port());
  const auto to_new = make_rotating(connection);
  EXPECT_TRUE(to_old->send(get(), {}).ok());
  EXPECT_FALSE(to_new->send(get(), {}).ok());
  write("ca.crt", renewed.certificate());
  EXPECT_TRUE(to_new->send(get(), {}).ok()) << "a refused certificate has the file read at once";
  a_minute_passes();
  EXPECT_FALSE(to_old->send(get(), {}).ok());
}

TEST_P(TransportRotation, AConnectionUnusedForAMinuteIsClosedByUs) {
  const fake::ScriptedServer server(tls_options(), answer_everything);
  const auto transport = make_rotating(connection_to(server));
  ASSERT_TRUE(transport->send(get(), {}).ok());
  fake_clock_.advance(59s);
  ASSERT_TRUE(transport->send(get(), {}).ok());
  EXPECT_EQ(server.connections(), 1);
  fake_clock_.advance(60s);
  ASSERT_TRUE(transport->send(get(), {}).ok());
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace sojourn::contract
