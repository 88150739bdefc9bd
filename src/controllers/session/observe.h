#pragma once

#include <optional>
#include <string>

#include "controllers/session/memory.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/domain/observed.h"
#include "sojourn/domain/policy.h"

namespace sojourn::controllers::session {

struct Observation {
  domain::Observed observed;
  domain::Policy policy;
};

// Reads all that a decision about the Session may depend on from the stores. Nothing when there is
// no such Session. No requests, no writes.
std::optional<Observation> observe(const Stores& stores, const kube::ObjectKey& key,
                                   const Memory& memory, const std::string& default_agent_image,
                                   Time now);

}  // namespace sojourn::controllers::session
