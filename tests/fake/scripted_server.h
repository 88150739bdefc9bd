#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/fake/certificates.h"

namespace sojourn::fake {

struct ReceivedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One accepted connection, as a script sees it. Everything blocks; everything fails quietly once
// the client has gone or the server ends. Used by one thread.
class Peer {
 public:
  virtual ~Peer() = default;

  // The next request with its body; nothing when the client has closed.
  virtual std::optional<ReceivedRequest> read_request() = 0;
  // Bytes as they are; false when the client has gone.
  virtual bool write(std::string_view bytes) = 0;

  // A whole response with Content-Length. `headers` are lines that end in CR LF.
  bool reply(int status, std::string_view body, std::string_view headers = "");
  bool begin_chunked(int status = 200);
  bool chunk(std::string_view bytes);
  bool end_chunked();

  // Waits until the client closes or the server ends.
  virtual void hold() = 0;
  // Waits; false when the server ends meanwhile.
  virtual bool pause(std::chrono::milliseconds time) = 0;

  // Once everything written is acknowledged: from now on no packet of the client reaches this side,
  // and nothing is answered, as when a cable is cut.
  virtual void lose_packets() = 0;

  // Ways to end a connection. Leaving the script is tls_close().
  virtual void tls_close() = 0;  // close_notify (on TLS), then FIN
  virtual void fin() = 0;        // FIN without close_notify
  virtual void rst() = 0;

  // The position of this connection among all of the server's, from 0.
  virtual int index() const = 0;
  virtual bool session_resumed() const = 0;
  virtual std::string client_common_name() const = 0;  // "" without a client certificate
  virtual std::string server_name_asked() const = 0;   // SNI
};

// An HTTP server that does what its script says, for each connection on a thread of its own.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;

  struct Options {
    std::string address = "127.0.0.1";
    std::optional<Identity> identity = {};  // TLS when given
    std::string client_authority = {};      // PEM; asks clients for a certificate when given
    bool only_tls_1_1 = false;
    bool silent_before_handshake = false;  // accepts and says nothing
  };

  ScriptedServer(Options options, Script script);
  ~ScriptedServer();  // ends every script and joins
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  // What every connection made so far has received, in order of arrival.
  std::vector<ReceivedRequest> requests() const;
  void forget_requests();
  int connections() const { return connections_; }

 private:
  struct Connection;
  struct TlsSettings;

  void accept_loop();
  void serve(Connection& connection);
  void reap();

  const Options options_;
  const Script script_;
  std::unique_ptr<TlsSettings> tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> ending_{false};
  mutable std::mutex mutex_;
  std::vector<ReceivedRequest> requests_;        // guarded by mutex_
  std::list<std::unique_ptr<Connection>> live_;  // guarded by mutex_
  std::jthread acceptor_;
};

}  // namespace sojourn::fake
