#pragma once

#include <string>

#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"

namespace sojourn::controllers::volume {

// The metrics about kept volumes: sojourn_retained_claims, sojourn_retained_bytes and
// sojourn_reaped_claims_total. Thread-safe; `stores` and `telemetry` must outlive it.
class Measure {
 public:
  Measure(Telemetry& telemetry, const Stores& stores);

  void count_reaped(const std::string& namespace_);

 private:
  Telemetry& telemetry_;
};

}  // namespace sojourn::controllers::volume
