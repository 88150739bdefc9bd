#pragma once

#include <memory>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/random.h"
#include "sojourn/base/result.h"
#include "sojourn/config/operator_options.h"
#include "sojourn/http/client/transport_limits.h"
#include "sojourn/kube/connection.h"

namespace sojourn::operator_ {

struct Identity {
  std::string version;
  std::string commit;
  std::string instance;  // no two processes share one
};

// The whole running operator: what is made in which order, and stopped in which order. start() and
// stop() are called once each, by one thread. `clock`, `random` and `sink` must outlive it.
class Operator {
 public:
  Operator(const config::OperatorOptions& options, const kube::Connection& connection,
           const Identity& identity, const http::MakeTransport& make_transport, Clock& clock,
           Random& random, LogSink& sink);
  ~Operator();

  // Starts every thread and returns. Errors: Configuration, when the listen address cannot be used.
  Result<void> start();
  // Ends all of it in order: informers, workers, events, Lease, server. From here to the end of the
  // destructor it takes at most 4.5 s: past that the process is ended as it is.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn::operator_
