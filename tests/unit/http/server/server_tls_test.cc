#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "sojourn/http/client/beast_transport.h"
#include "sojourn/http/server/server.h"
#include "tests/fake/certificates.h"
#include "tests/unit/http/server/raw_client.h"

namespace sojourn::http {
namespace {

using namespace std::chrono_literals;

class ServerTlsTest : public ::testing::Test {
 protected:
  ServerTlsTest() {
    std::filesystem::create_directories(folder_);
    options_.address = "127.0.0.1";
    options_.certificate_file = folder_ / "tls.crt";
    options_.key_file = folder_ / "tls.key";
    options_.limits.handshake = 300ms;
    options_.limits.reload = 20ms;
    options_.limits.linger = 200ms;
  }
  ~ServerTlsTest() override { std::filesystem::remove_all(folder_); }

  void write(const fake::Identity& identity) {
    std::ofstream(options_.certificate_file) << identity.certificate;
    std::ofstream(options_.key_file) << identity.key;
  }
  Result<std::unique_ptr<Server>> start() {
    return Server::start(
        options_,
        [](const HttpRequest&) {
          return HttpResponse{200, "ok"};
        },
        clock_);
  }
  Result<kube::Response> ask(const Server& server, const fake::CertificateAuthority& trusted) {
    kube::Connection connection;
    connection.host = "127.0.0.1";
    connection.port = std::to_string(server.bound_port());
    connection.certificate_authority.data = trusted.certificate();
    kube::Request request;
    request.target = "/";
    return make_beast_transport(connection, clock_)->send(request, {});
  }

  SystemClock clock_;
  ServerOptions options_;
  const fake::CertificateAuthority authority_;

 private:
  const std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "server_tls";
};

TEST_F(ServerTlsTest, ServesOverTls) {
  write(authority_.issue("server", {"IP:127.0.0.1"}));
  const auto server = start();
  ASSERT_TRUE(server.ok()) << server.error().message;
  const auto answer = ask(**server, authority_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
}

TEST_F(ServerTlsTest, WhoDoesNotShakeHandsIsCutOff) {
  write(authority_.issue("server", {"IP:127.0.0.1"}));
  const auto server = start();
  ASSERT_TRUE(server.ok());
  RawClient silent((*server)->bound_port());
  RawClient plain((*server)->bound_port());
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(plain.read_to_end(2s).has_value());
  EXPECT_TRUE(silent.closed_within(2s));
  EXPECT_TRUE(ask(**server, authority_).ok());
}

TEST_F(ServerTlsTest, ARenewedCertificateIsShownToNewConnections) {
  write(authority_.issue("server", {"IP:127.0.0.1"}));
  const auto server = start();
  ASSERT_TRUE(server.ok());
  const fake::CertificateAuthority renewed;
  std::ofstream(options_.certificate_file) << "half a file";
  sleep_until(clock_, clock_.steady_now() + 60ms, {});
  EXPECT_TRUE(ask(**server, authority_).ok()) << "a broken file leaves the old certificate";
  write(renewed.issue("server", {"IP:127.0.0.1"}));
  const auto deadline = clock_.steady_now() + 5s;
  while (!ask(**server, renewed).ok() && clock_.steady_now() < deadline) continue;
  EXPECT_TRUE(ask(**server, renewed).ok());
  EXPECT_FALSE(ask(**server, authority_).ok());
}

TEST_F(ServerTlsTest, SaysWhatIsWrongWithTheCertificate) {
  EXPECT_THAT(start().error().message, testing::HasSubstr("tls.crt: No such file"));
  auto mixed = authority_.issue("one", {});
  mixed.key = authority_.issue("other", {}).key;
  write(mixed);
  EXPECT_THAT(start().error().message, testing::HasSubstr("key values mismatch"));
  write({"nonsense", "nonsense"});
  EXPECT_THAT(start().error().message, testing::HasSubstr("holds no PEM certificate"));
}

}  // namespace
}  // namespace sojourn::http
