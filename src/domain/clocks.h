#pragma once

#include <chrono>
#include <optional>

#include "sojourn/api/session.h"
#include "sojourn/domain/deadline.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// When `timeout` from a stored moment is surely over: objects carry whole seconds, cut off, so the
// moment itself may lie almost a second later.
Time deadline_after(Time stored, std::chrono::seconds timeout);

// The earlier of two times, either of which may be missing.
std::optional<Time> earliest(std::optional<Time> a, std::optional<Time> b);

// The end of a session's life: MaxLifetime or AfterIdle.
struct Expiry {
  Time at;
  Deadline deadline;
};

// The earlier of the ends of ttl.maxLifetimeSeconds and ttl.afterIdleSeconds as they follow from
// the status; none if neither is set, or while only the latter is and the session does not sleep.
std::optional<Expiry> expiry_of(const api::Session& session, const api::SessionStatus& status,
                                const Policy& policy);

// When limits.activeDeadlineSeconds is over, while the session is awake.
std::optional<Time> active_until(const api::SessionStatus& status, const Policy& policy);

// READY and BUSY in sum when that state ends now.
int active_seconds_until(const api::SessionStatus& status, Time now);

// When the Session itself is deleted.
std::optional<Time> deleted_at(const api::SessionStatus& status, const Policy& policy);

// When the finished pod is no longer kept for its logs.
std::optional<Time> pod_kept_until(const api::SessionStatus& status, const Policy& policy);

}  // namespace sojourn::domain
