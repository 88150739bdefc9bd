#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/result.h"
#include "sojourn/http/server/server.h"
#include "sojourn/metrics/registry.h"

namespace sojourn::operator_ {

// Serves /healthz (the process answers), /readyz (`ready` says so) and /metrics. All references
// must outlive it.
class StatusServer {
 public:
  // `listen_address`: "HOST:PORT" with an IP literal, or "0" for no server at all. Errors:
  // Configuration.
  static Result<std::unique_ptr<StatusServer>> start(const std::string& listen_address,
                                                     metrics::Registry& registry,
                                                     std::function<bool()> ready, Clock& clock,
                                                     const Logger& logger);
  void drain(std::chrono::milliseconds limit);

 private:
  std::unique_ptr<http::Server> server_;  // null for no server
};

}  // namespace sojourn::operator_
