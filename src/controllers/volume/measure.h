#pragma once

#include "controllers/lateness.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"

namespace sojourn::controllers::volume {

// The metrics about kept volumes: sojourn_retained_claims, sojourn_retained_bytes,
// sojourn_reaped_claims_total, and what controllers/lateness.h counts. Thread-safe; `stores` and
// `telemetry` must outlive it.
class Measure {
 public:
  Measure(Telemetry& telemetry, const Stores& stores);

  // Takes note of a released claim that was deleted by `now`.
  void count_reaped(const api::PersistentVolumeClaim& claim, Time now);

 private:
  Telemetry& telemetry_;
  Lateness lateness_;
};

}  // namespace sojourn::controllers::volume
