// What is counted from the status. The times in it are whole seconds.
#include "domain/clocks.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace sojourn::domain {
namespace {

using api::SessionState;
using std::chrono::seconds;

bool is_awake(const api::SessionStatus& status) {
  return status.state == SessionState::Ready || status.state == SessionState::Busy;
}

// Asleep: stopped in whatever state, or IDLE with an outcome. IDLE without either is on its way.
std::optional<Time> asleep_since(const api::SessionStatus& status) {
  const auto* suspended = api::find_condition(status.conditions, "Suspended");
  if (suspended != nullptr && suspended->status == api::ConditionStatus::True)
    return suspended->last_transition_time;
  if (status.state != SessionState::Idle || !status.outcome || !status.state_since)
    return std::nullopt;
  return std::max(*status.state_since, status.finish_time.value_or(*status.state_since));
}

}  // namespace

Time deadline_after(Time stored, seconds timeout) {
  return stored + timeout + seconds(1);
}

std::optional<Time> earliest(std::optional<Time> a, std::optional<Time> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<Expiry> expiry_of(const api::Session& session, const api::SessionStatus& status,
                                const Policy& policy) {
  std::optional<Expiry> ends;
  if (policy.max_lifetime.count() > 0 && session.meta.creation_timestamp) {
    ends = Expiry{*session.meta.creation_timestamp + policy.max_lifetime, Deadline::MaxLifetime};
  }
  const auto asleep = asleep_since(status);
  if (policy.after_idle.count() > 0 && asleep) {
    const auto at = *asleep + policy.after_idle;
    if (!ends || at < ends->at) ends = Expiry{at, Deadline::AfterIdle};
  }
  return ends;
}

std::optional<Time> active_until(const api::SessionStatus& status, const Policy& policy) {
  if (policy.active_deadline.count() == 0 || !is_awake(status) || !status.state_since)
    return std::nullopt;
  return deadline_after(*status.state_since,
                        policy.active_deadline - seconds(status.active_seconds));
}

int active_seconds_until(const api::SessionStatus& status, Time now) {
  if (!is_awake(status) || !status.state_since) return status.active_seconds;
  const auto awake = std::chrono::duration_cast<seconds>(now - *status.state_since);
  const auto most = std::numeric_limits<int>::max() - status.active_seconds;
  return status.active_seconds + static_cast<int>(std::clamp<std::int64_t>(awake.count(), 0, most));
}

std::optional<Time> deleted_at(const api::SessionStatus& status, const Policy& policy) {
  if (policy.delete_after_finished.count() == 0 || !status.outcome || !status.finish_time)
    return std::nullopt;
  return deadline_after(*status.finish_time, policy.delete_after_finished);
}

std::optional<Time> pod_kept_until(const api::SessionStatus& status, const Policy& policy) {
  if (policy.pod_retention.count() == 0 || !status.finish_time) return std::nullopt;
  return deadline_after(*status.finish_time, policy.pod_retention);
}

}  // namespace sojourn::domain
