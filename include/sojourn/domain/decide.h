#pragma once

#include "sojourn/base/clock.h"
#include "sojourn/domain/observed.h"
#include "sojourn/domain/plan.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// The whole behaviour of a Session: what to do about what was observed. Pure and total; the second
// plan over an unchanged world is empty (but for its recheck time). Rules T1-T10 of
// docs/state-machine.md are the comments of its checks.
Plan decide(const Observed& observed, const Policy& policy, Time now);

}  // namespace sojourn::domain
