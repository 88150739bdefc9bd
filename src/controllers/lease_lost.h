#pragma once

#include "sojourn/base/error.h"

namespace sojourn::controllers {

// What a reconcile returns in place of a write once another process may lead.
inline Error lease_lost() {
  return {ErrorCode::Cancelled, "this process no longer holds the Lease", "LeaseLost", {}};
}

}  // namespace sojourn::controllers
