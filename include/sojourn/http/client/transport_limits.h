#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
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

// What makes a transport: make_beast_transport() or make_cpprest_transport().
using MakeTransport = std::function<std::unique_ptr<kube::Transport>(
    const kube::Connection& connection, Clock& clock, Logger log, TransportLimits limits)>;

}  // namespace sojourn::http
