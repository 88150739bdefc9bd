#pragma once

#include <chrono>
#include <cstddef>

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

}  // namespace sojourn::http
