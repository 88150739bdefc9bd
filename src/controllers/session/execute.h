#pragma once

#include <functional>
#include <stop_token>

#include "controllers/session/memory.h"
#include "controllers/session/observe.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/result.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/domain/plan.h"
#include "sojourn/kube/client.h"

namespace sojourn::controllers::session {

// What carrying out a plan needs; all of it outlives the calls.
struct Tools {
  kube::Client& client;
  Stores& stores;
  Clock& clock;
  // Asked before each write: false once this process no longer holds its Lease (S24).
  std::function<bool()> may_write;
};

// Runs the actions in order and stops at the first that fails: the only code that writes to the API
// server for a Session. A refusal that only others can lift (403, 422) is remembered for the next
// decision and is no failure. Errors: Conflict, when what was decided from is no longer so;
// Cancelled, without the Lease; those of kube::Client.
Result<void> execute(const Tools& tools, const Observation& observation, const domain::Plan& plan,
                     Memory& memory, std::stop_token stop);

}  // namespace sojourn::controllers::session
