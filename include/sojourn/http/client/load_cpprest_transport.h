#pragma once

#include "sojourn/base/result.h"
#include "sojourn/http/client/transport_limits.h"

namespace sojourn::http {

// make_cpprest_transport() of cpprest_transport.h, out of a module that is opened only now: the
// library in it would cost every process 2.6 MiB. The module is of the same build and lies in
// ../lib/sojourn beside the program's folder; it stays open. Configuration when it or a library it
// needs is missing.
Result<MakeTransport> load_cpprest_transport();

}  // namespace sojourn::http
