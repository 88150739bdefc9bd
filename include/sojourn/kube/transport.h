#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"
#include "sojourn/base/result.h"

namespace sojourn::kube {

enum class Method { Get, Post, Put, Patch, Delete };
std::string_view to_string(Method method);  // "GET", ...

// One call to the API server.
struct Request {
  Method method = Method::Get;
  std::string target;  // path and query, already escaped: "/api/v1/namespaces/a/pods?limit=500"
  std::string content_type;  // of the body; empty when there is none
  std::string body;
  bool protobuf = false;  // the answer may come as protobuf; JSON is always welcome
  int attempt = 1;        // of the same call; for the metrics
  // send: the whole call. stream: the longest silence between two chunks.
  std::chrono::milliseconds deadline{10'000};
};
// The value of its header Accept.
std::string_view accepted_types(const Request& request);

struct Response {
  int status = 0;
  std::string body;  // of a stream: only when status is not 2xx (a Kubernetes Status, ≤ 3 MiB)
  std::optional<std::chrono::seconds> retry_after;
  std::optional<Time> date;  // the server's clock, from the Date header
};

// Takes the next bytes of a body, in order, on the calling thread. An error ends the stream and is
// what stream() returns. The bytes are valid only during the call.
using ChunkHandler = std::function<Result<void>(std::string_view bytes)>;

// Carries requests to one API server. Thread-safe: every call runs on the caller's thread to its
// end. Errors: Cancelled (stop was requested), DeadlineExceeded, Unavailable (no connection, or it
// broke: a write may have been carried out), TooLarge, Malformed (not HTTP), Configuration
// (credentials that cannot be read), Invalid (a request that cannot be sent, such as CR or LF in a
// token). Any HTTP status is a Response, redirects included, which are never followed.
class Transport {
 public:
  virtual ~Transport() = default;

  // A call with a short answer (≤ 3 MiB). Never sends a write twice; a read is sent again once when
  // a kept-alive connection turns out closed before any byte of the answer.
  virtual Result<Response> send(const Request& request, std::stop_token stop) = 0;

  // A list or a watch. Chunks of a 2xx body go to `on_chunk`; returns when the server ends the
  // body. A body that breaks off is Unavailable.
  virtual Result<Response> stream(const Request& request, const ChunkHandler& on_chunk,
                                  std::stop_token stop) = 0;
};

}  // namespace sojourn::kube
