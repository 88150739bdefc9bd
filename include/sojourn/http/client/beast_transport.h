#pragma once

#include <memory>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/http/client/transport_limits.h"
#include "sojourn/kube/connection.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

// The default transport, on Boost.Asio. HTTP/1.1 over TLS ≥ 1.2 with the cluster's CA as the
// only trusted one, or plain when the connection says so. Connections are kept open between
// requests; a stream uses one for itself as long as it runs. Redirects and proxies are not
// followed. It has no threads but one for name lookups, and that only when the host is given by
// name; its destructor waits for a lookup under way. `clock` must outlive it.
std::unique_ptr<kube::Transport> make_beast_transport(const kube::Connection& connection,
                                                      Clock& clock, Logger log = {},
                                                      TransportLimits limits = {});

}  // namespace sojourn::http
