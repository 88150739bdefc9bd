#pragma once

#include <memory>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/http/client/transport_limits.h"
#include "sojourn/kube/connection.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

// The second transport, on the http_client of cpprestsdk; the same to its callers as the one of
// beast_transport.h, and held to the same contract. Where the library is less exact, the contract
// says so (tests/contract). docs/dependencies.md says why it is not the default.
//
// The first call starts the library's two threads for the rest of the process, which inherit the
// caller's signal mask, and points OpenSSL's default certificate files of this process to nowhere
// (SSL_CERT_FILE, SSL_CERT_DIR): make it before threads are started that read the environment. With
// the first connection the library starts one more thread. `clock` must outlive the transport.
std::unique_ptr<kube::Transport> make_cpprest_transport(const kube::Connection& connection,
                                                        Clock& clock, Logger log = {},
                                                        TransportLimits limits = {});

}  // namespace sojourn::http
