#pragma once

#include "sojourn/api/session.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"

namespace sojourn::controllers::session {

// The metrics about Sessions: sojourn_sessions, sojourn_session_transitions_total and
// sojourn_session_startup_seconds. Thread-safe; `stores` and `telemetry` must outlive it.
class Measure {
 public:
  Measure(Telemetry& telemetry, const Stores& stores);

  // Takes note of a status that was written over the present one.
  void count(const api::Session& session, const api::SessionStatus& written, Time now);

 private:
  Telemetry& telemetry_;
  Histogram& startup_seconds_;
};

}  // namespace sojourn::controllers::session
