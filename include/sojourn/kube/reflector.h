#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/random.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/history.h"
#include "sojourn/kube/request.h"
#include "sojourn/kube/transport.h"
#include "sojourn/kube/watch_splitter.h"
#include "sojourn/kube/watch_state.h"
#include "sojourn/kube/wire_object.h"

namespace sojourn::kube {

// Receives what a list and a watch tell, on the thread that runs the Reflector. Objects are valid
// only during the call.
class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;
  // A list begins: forget what an unfinished one brought.
  virtual void begin_list() = 0;
  virtual void item(const WireObject& object) = 0;
  virtual void end_list(std::uint64_t version, bool reset) = 0;
  // ADDED or MODIFIED.
  virtual void changed(const Identity& identity, const WireObject& object) = 0;
  virtual void deleted(const Identity& identity, std::uint64_t version) = 0;
  virtual void bookmark(std::uint64_t version) = 0;
};

// Follows one kind on the API server: lists it, then watches it, for ever. What to do next
// is decided in watch_state.h; this class does it. One thread at a time. All references must
// outlive it.
class Reflector {
 public:
  Reflector(const ResourceInfo& info, Selection selection, Transport& transport, History& history,
            ReflectorSink& sink, Clock& clock, Random& random, Telemetry& telemetry, Logger logger);

  // Does the next thing without waiting: a list, or a watch until it ends. Returns how
  // long to wait before the next. For tests and for run().
  Duration step(std::stop_token stop);
  // step() and wait until a stop is requested.
  void run(std::stop_token stop);

 private:
  Duration list(std::stop_token stop);
  Duration watch(std::stop_token stop);
  Result<void> on_event(const Result<WatchEvent>& event);
  WatchStep advance(const WatchInput& input);
  void complain(const char* what, const Error& error);

  const ResourceInfo& info_;
  const Selection selection_;
  Transport& transport_;
  History& history_;
  const std::size_t cache_;  // our number there
  ReflectorSink& sink_;
  Clock& clock_;
  Random& random_;
  const Logger logger_;
  Counter& lists_;
  Counter& watches_;
  WatchState state_;
  std::uint64_t epoch_;  // of the history that state_ belongs to
  SteadyTime complained_at_ = SteadyTime::min();
  std::string complaint_;
};

}  // namespace sojourn::kube
