#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sojourn/api/session.h"
#include "sojourn/base/clock.h"
#include "sojourn/domain/observed.h"
#include "sojourn/domain/plan.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// The clocks of docs/state-machine.md: at the end of each the operator acts by itself.
enum class Deadline {
  StartTimeout,
  Retry,
  ActiveDeadline,
  PodRetention,
  AfterIdle,
  MaxLifetime,
  DeleteAfterFinished,
  RetainFor,  // of a claim that a session has left
};

struct DeadlineInfo {
  Deadline deadline;
  std::string_view field;  // that sets it; a literal
};

inline constexpr std::array kDeadlines{
    DeadlineInfo{Deadline::StartTimeout, "startTimeoutSeconds"},
    DeadlineInfo{Deadline::Retry, "retryPolicy"},
    DeadlineInfo{Deadline::ActiveDeadline, "limits.activeDeadlineSeconds"},
    DeadlineInfo{Deadline::PodRetention, "podRetentionSeconds"},
    DeadlineInfo{Deadline::AfterIdle, "ttl.afterIdleSeconds"},
    DeadlineInfo{Deadline::MaxLifetime, "ttl.maxLifetimeSeconds"},
    DeadlineInfo{Deadline::DeleteAfterFinished, "ttl.deleteAfterFinishedSeconds"},
    DeadlineInfo{Deadline::RetainFor, "storage.retention.retainFor"},
};

constexpr std::string_view field_of(Deadline deadline) {
  return kDeadlines[static_cast<std::size_t>(deadline)].field;
}

consteval bool deadlines_are_in_order() {
  for (std::size_t i = 0; i < kDeadlines.size(); ++i) {
    if (static_cast<std::size_t>(kDeadlines[i].deadline) != i) return false;
  }
  return kDeadlines.size() == static_cast<std::size_t>(Deadline::RetainFor) + 1;
}
static_assert(deadlines_are_in_order(),
              "kDeadlines lists every Deadline, in the order of the enumeration");

// A deadline that a plan carries out.
struct Due {
  Deadline deadline;
  Time at;
  // False when its field may have been changed since the last write, so that nobody could have
  // known of it in time.
  bool foreseen = true;
};

// Of a plan of decide() for this observation: the deadline that its first action carries out. None
// when it does what somebody asked for or what was seen, and for what comes after that action, but
// for a retry, whose old pod is deleted first and whose new start is told when that pod is gone.
// A task whose last start has timed out tells TaskFailed instead, and is left out.
std::optional<Due> carried_out(const Observed& observed, const Policy& policy, const Plan& plan,
                               Time now);

// status.expiresAt or status.nextAttemptTime is more than a minute ago, and the operator has not
// acted on it: the clocks differ, say, or the old pod does not go away.
bool is_overdue(const api::Session& session, Time now);

}  // namespace sojourn::domain
