#include "tests/contract/transport_contract.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sojourn::contract {

const fake::CertificateAuthority& TransportContract::authority() {
  static const fake::CertificateAuthority one;
  return one;
}

const fake::Identity& TransportContract::server_identity() {
  static const fake::Identity one = authority().issue(
      "server", {"IP:127.0.0.1", "IP:::1", "DNS:localhost", "DNS:kubernetes.default.svc"});
  return one;
}

fake::ScriptedServer::Options TransportContract::tls_options() {
  fake::ScriptedServer::Options options;
  options.identity = server_identity();
  return options;
}

kube::Connection TransportContract::connection_to(const fake::ScriptedServer& server,
                                                  const std::string& host) {
  kube::Connection connection;
  connection.host = host;
  connection.port = std::to_string(server.port());
  connection.certificate_authority.data = authority().certificate();
  connection.user_agent = "contract/1";
  return connection;
}

std::unique_ptr<kube::Transport> TransportContract::transport_to(
    const fake::ScriptedServer& server) {
  return make(connection_to(server));
}

std::unique_ptr<kube::Transport> TransportContract::make(const kube::Connection& connection) {
  return GetParam().make(connection, clock_);
}

TransportRotation::TransportRotation()
    : folder_(std::filesystem::path(testing::TempDir()) /
              ("transport_rotation_" + std::to_string(::getpid()))) {
  std::filesystem::create_directories(folder_);
}

TransportRotation::~TransportRotation() {
  std::filesystem::remove_all(folder_);
}

void TransportRotation::write(const std::string& name, const std::string& content) {
  std::ofstream(file(name)) << content;
}

kube::Request get(const std::string& target, std::chrono::milliseconds deadline) {
  kube::Request request;
  request.target = target;
  request.deadline = deadline;
  return request;
}

kube::Request write_with(kube::Method method, std::chrono::milliseconds deadline) {
  kube::Request request = get("/x", deadline);
  request.method = method;
  request.content_type = "application/json";
  request.body = "{\"a\":1}";
  return request;
}

void answer_everything(fake::Peer& peer) {
  while (peer.read_request()) peer.reply(200, "ok");
}

std::chrono::milliseconds Stopwatch::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - start_);
}

}  // namespace sojourn::contract
