#pragma once

#include <array>
#include <map>
#include <string>

#include "controllers/lateness.h"
#include "controllers/session/memory.h"
#include "controllers/session/observe.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/domain/plan.h"

namespace sojourn::controllers::session {

// The metrics about Sessions: all whose names begin with sojourn_session, and what
// controllers/lateness.h counts. Thread-safe; what it is given must outlive it.
class Measure {
 public:
  Measure(Telemetry& telemetry, const Stores& stores, const Clock& clock);

  // Takes note of a plan, made at `decided` for what was seen, whose actions have all succeeded by
  // `now`. To be called once for each such plan.
  void count(const Observation& seen, const domain::Plan& plan, Memory& memory, Time decided,
             Time now);

 private:
  void count_deadline(const Observation& seen, const domain::Plan& plan, Memory& memory,
                      Time decided, Time now);
  void count_transition(const api::Session& session, const api::SessionStatus& written, Time now);
  void count_start(const domain::Observed& observed, const api::SessionStatus& written, Time now);
  void count_stages(const api::Pod& pod, Time began, Time now);

  Telemetry& telemetry_;
  Lateness lateness_;
  Histogram& startup_seconds_;
  Counter& restarts_;
  std::array<Histogram*, 5> stage_seconds_;           // in the order of the stages
  std::map<std::string, Histogram*> state_seconds_;   // by state; constant
  std::map<domain::Deadline, Counter*> expirations_;  // constant
};

}  // namespace sojourn::controllers::session
