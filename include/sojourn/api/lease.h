#pragma once

#include <optional>
#include <string>

#include "sojourn/api/meta.h"

namespace sojourn::api {

// coordination.k8s.io/v1 Lease.
struct Lease {
  ObjectMeta meta;
  std::string holder_identity;  // empty: released
  int lease_duration_seconds = 0;
  std::optional<Time> acquire_time;
  std::optional<Time> renew_time;
  int lease_transitions = 0;
  friend bool operator==(const Lease&, const Lease&) = default;
};

}  // namespace sojourn::api
