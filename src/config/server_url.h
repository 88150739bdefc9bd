#pragma once

#include <string>

#include "sojourn/base/result.h"
#include "sojourn/kube/connection.h"

namespace sojourn::config {

// Reads "https://host[:port][/path]" into host, port, path_prefix and tls. Configuration for
// anything else.
Result<void> read_server_url(const std::string& url, kube::Connection& connection);

}  // namespace sojourn::config
