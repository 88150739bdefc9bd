#pragma once

#include <chrono>

#include "sojourn/base/clock.h"

namespace sojourn::http {

// How long an exchange may take: in all until `deadline`, and `silence` from one arrival of bytes
// to the next.
struct Patience {
  SteadyTime deadline;
  std::chrono::milliseconds silence;
};

}  // namespace sojourn::http
