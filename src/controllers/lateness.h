#pragma once

#include <array>

#include "sojourn/base/clock.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/domain/deadline.h"

namespace sojourn::controllers {

// How late deadlines are carried out: sojourn_deadline_lateness_seconds, and
// sojourn_deadlines_early_total for those that are carried out before their time, which is a fault.
// Thread-safe; `telemetry` must outlive it.
class Lateness {
 public:
  explicit Lateness(Telemetry& telemetry);

  // `now`: after the first write that carries it out.
  void observe(domain::Deadline deadline, Time due, Time now);

 private:
  struct Series {
    Histogram* late = nullptr;
    Counter* early = nullptr;
  };
  std::array<Series, domain::kDeadlines.size()> series_;  // by Deadline
};

}  // namespace sojourn::controllers
