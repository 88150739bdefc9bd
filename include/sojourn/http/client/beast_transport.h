#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/kube/connection.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

struct TransportLimits {
  // To look up the name, connect and shake hands; never longer than the request's own deadline.
  std::chrono::milliseconds connect{10'000};
  // A connection unused for that long is closed.
  std::chrono::milliseconds idle{60'000};
  // Connections kept open between requests.
  std::size_t idle_connections = 32;
  // Tokens and certificates in files are read again at most that late.
  std::chrono::milliseconds reread{60'000};
  // Of the body of a response that is kept in memory.
  std::size_t response_bytes = 3 * 1024 * 1024;
};

// The transport of production, on Boost.Asio. HTTP/1.1 over TLS ≥ 1.2 with the cluster's CA as the
// only trusted one, or plain when the connection says so. Connections are kept open between
// requests; a stream uses one for itself as long as it runs. Redirects and proxies are not followed.
// It has no threads but one for name lookups, and that only when the host is given by name; its
// destructor waits for a lookup under way. `clock` must outlive it.
std::unique_ptr<kube::Transport> make_beast_transport(const kube::Connection& connection,
                                                      Clock& clock, Logger log = {},
                                                      TransportLimits limits = {});

}  // namespace sojourn::http
