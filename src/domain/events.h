#pragma once

#include <vector>

#include "sojourn/api/session.h"
#include "sojourn/domain/plan.h"

namespace sojourn::domain {

// Events for what a person would act on or ask about, from one status to the next; none in a
// healthy life.
std::vector<PlannedEvent> events_between(const api::SessionStatus& was,
                                         const api::SessionStatus& next);

}  // namespace sojourn::domain
