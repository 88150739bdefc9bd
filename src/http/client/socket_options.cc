#include "http/client/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace sojourn::http {
namespace {

// A peer that has gone without a word is noticed after 30 + 3 · 10 s on a quiet connection, and
// after 30 s when something we sent is not acknowledged.
constexpr int kKeepaliveIdleSeconds = 30;
constexpr int kKeepaliveIntervalSeconds = 10;
constexpr int kKeepaliveProbes = 3;
constexpr unsigned kUserTimeoutMilliseconds = 30'000;

template <typename T>
void set_option(int socket, int level, int name, T value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

void set_socket_options(int socket) {
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMilliseconds);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace sojourn::http
