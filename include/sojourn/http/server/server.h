#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/result.h"

namespace sojourn::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // of the target, still escaped: "/healthz"
  std::string query;   // behind the "?", still escaped
  Headers headers;     // in the order of arrival
  std::string body;
  std::string peer;  // the client's address, "10.0.0.1"

  // The first header of that name, whatever its case; empty when there is none.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  Headers headers = {};  // beyond Date, Content-Type, Content-Length and Connection
};

// Answers one request, on a thread of the server's work pool; several run at once. An exception is
// answered with 500.
using Handler = std::function<HttpResponse(const HttpRequest&)>;

struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;  // more: 431
  std::size_t body_bytes = 1024 * 1024;  // more: 413, before the body is read
  std::size_t connections = 256;         // more are closed at once
  std::size_t connections_per_peer = 64;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds read{10'000};   // for a whole header, and then for a whole body
  std::chrono::milliseconds idle{60'000};   // between two requests of a connection
  std::chrono::milliseconds write{30'000};  // for each 64 KiB of an answer
  std::chrono::milliseconds linger{2'000};  // for the client to close after us
  // The certificate's files are looked at that often.
  std::chrono::milliseconds reload{30'000};
};

struct ServerOptions {
  std::string address = "0.0.0.0";  // an IP literal
  std::uint16_t port = 0;           // 0: any free one, see bound_port()
  // PEM files of the certificate chain and its key; both empty: plain HTTP.
  std::string certificate_file = {};
  std::string key_file = {};
  ServerLimits limits = {};
};

// An HTTP/1.1 server for probes, metrics and small APIs. It bounds what any client can make it
// hold, in bytes and in time. Two threads do I/O, two run the handler; all are joined by the
// destructor, which waits for handlers under way. Thread-safe. The clock must outlive it.
class Server {
 public:
  // Listens and serves. Configuration when the address is no IP literal or cannot be bound, or the
  // certificate cannot be used.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler,
                                               Clock& clock, Logger log = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t bound_port() const;

  // Stops accepting, lets requests under way finish (their answers say "Connection: close") for at
  // most `limit`, and closes all connections.
  void drain(std::chrono::milliseconds limit);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn::http
