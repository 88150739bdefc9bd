#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/kube/connection.h"
#include "sojourn/kube/transport.h"
#include "tests/fake/certificates.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/process_state.h"
#include "tests/fake/scripted_server.h"

namespace sojourn::contract {

// Where the library under a transport decides, and a case holds to what is said here instead.
struct Nature {
  // Bytes of a chunk are handed on as they come; else a chunk comes whole or not at all.
  bool streams_within_chunks = true;
  // A read is not repeated once any byte of its answer has come; else once its header has.
  bool sees_first_byte = true;
  // Header lines and chunk headers have a length at which they are refused while they come; else
  // they end at the deadline, and a whole header that is too long is refused.
  bool limits_lines = true;
  // Interim answers and trailers are read over; else an interim answer is an error and trailers,
  // which no API server sends, are not tried.
  bool reads_interim_answers_and_trailers = true;
  // A negative chunk size is Malformed; else it may also be Unavailable.
  bool reads_signs = true;
};

// How to make the transport that is held to the contract.
struct TransportFactory {
  std::string name;
  std::function<std::unique_ptr<kube::Transport>(const kube::Connection&, Clock&)> make;
  Nature nature = {};
};

inline std::ostream& operator<<(std::ostream& out, const TransportFactory& factory) {
  return out << factory.name;
}

// What every production transport must do (kube/transport.h), tried against a server that does what
// a script says. Instantiate it once for each transport.
class TransportContract : public ::testing::TestWithParam<TransportFactory> {
 protected:
  using Script = fake::ScriptedServer::Script;

  // One authority for all tests, and a certificate for 127.0.0.1, ::1, localhost and
  // kubernetes.default.svc.
  static const fake::CertificateAuthority& authority();
  static const fake::Identity& server_identity();

  static fake::ScriptedServer::Options tls_options();
  static kube::Connection connection_to(const fake::ScriptedServer& server,
                                        const std::string& host = "127.0.0.1");
  std::unique_ptr<kube::Transport> transport_to(const fake::ScriptedServer& server);
  std::unique_ptr<kube::Transport> make(const kube::Connection& connection);

  SystemClock clock_;
};

// The same with a clock that the test moves and files that it rewrites.
class TransportRotation : public TransportContract {
 protected:
  TransportRotation();
  ~TransportRotation() override;

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& content);
  void a_minute_passes() { fake_clock_.advance(std::chrono::seconds(60)); }
  std::unique_ptr<kube::Transport> make_rotating(const kube::Connection& connection) {
    return GetParam().make(connection, fake_clock_);
  }

  fake::FakeClock fake_clock_;

 private:
  const std::filesystem::path folder_;
};

// Requests with a deadline that is long for loopback and short for a test.
kube::Request get(const std::string& target = "/x",
                  std::chrono::milliseconds deadline = std::chrono::milliseconds(5000));
kube::Request write_with(kube::Method method,
                         std::chrono::milliseconds deadline = std::chrono::milliseconds(5000));

// Answers every request with 200 and "ok".
void answer_everything(fake::Peer& peer);

// Wall time since construction.
class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const;

 private:
  SystemClock clock_;
  SteadyTime start_ = clock_.steady_now();
};

using fake::heap_in_use;
using fake::open_descriptors;
using fake::threads;

}  // namespace sojourn::contract
