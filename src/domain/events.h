#pragma once

#include <vector>

#include "domain/view.h"
#include "sojourn/api/session.h"
#include "sojourn/domain/plan.h"

namespace sojourn::domain {

// Events for what a person would act on or ask about, from one status to the next; none in a
// healthy life.
std::vector<PlannedEvent> events_between(const api::SessionStatus& was,
                                         const api::SessionStatus& next);

// The same for what is done to other objects.
std::vector<PlannedEvent> events_of(const View& view, const std::vector<Action>& actions);

}  // namespace sojourn::domain
