#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/result.h"
#include "sojourn/http/server/server.h"
#include "sojourn/metrics/registry.h"

namespace sojourn::operator_ {

// Serves /healthz (the process answers), /readyz and /metrics. All references must outlive it.
class StatusServer {
 public:
  using NotReady = std::function<std::optional<std::string>()>;

  // `not_ready` says in a sentence why the process is not ready; nothing when it is.
  // `listen_address`: "HOST:PORT" with an IP literal, or "0" for no server at all. Errors:
  // Configuration.
  static Result<std::unique_ptr<StatusServer>> start(const std::string& listen_address,
                                                     metrics::Registry& registry,
                                                     NotReady not_ready, Clock& clock,
                                                     const Logger& logger);
  void drain(std::chrono::milliseconds limit);

 private:
  std::unique_ptr<http::Server> server_;  // null for no server
};

}  // namespace sojourn::operator_
