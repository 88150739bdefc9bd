// Which clock it was that made the operator act: read off what it did, so that no decision depends
// on what is measured.
#include "sojourn/domain/deadline.h"

#include <chrono>

#include "domain/clocks.h"
#include "domain/view.h"

namespace sojourn::domain {
namespace {

using api::Outcome;
using api::SessionState;

bool is_true(const api::SessionStatus& status, std::string_view type) {
  const auto* condition = api::find_condition(status.conditions, type);
  return condition != nullptr && condition->status == api::ConditionStatus::True;
}

// Since when the pod was not Ready, for a session that had been (T6, T6b).
std::optional<Time> unready_since(const View& view) {
  if (view.is(SessionState::Error)) return view.was.state_since;
  const auto* agent = api::find_condition(view.was.conditions, "AgentReady");
  return agent != nullptr ? agent->last_transition_time : std::nullopt;
}

std::optional<Due> timed_out(const View& view, const api::SessionStatus& next) {
  const bool told = next.state == SessionState::Error &&
                    (view.was.state != next.state || view.was.reason != next.reason);
  if (!told) return std::nullopt;
  std::optional<Time> since;
  const auto reason = parse_reason(next.reason);
  if (reason == Reason::StartTimeout || reason == Reason::WakeTimeout) since = view.start_began();
  if (reason == Reason::AgentUnready) since = unready_since(view);
  if (!since) return std::nullopt;
  return Due{Deadline::StartTimeout, deadline_after(*since, view.policy.start_timeout)};
}

std::optional<Due> told_by(const View& view, const api::SessionStatus& next) {
  const auto& was = view.was;
  const bool expires = is_true(next, "Expired") && !is_true(was, "Expired");
  if (expires && view.expiry && was.outcome != Outcome::Expired) {
    return Due{view.expiry->deadline, view.expiry->at, was.expires_at == view.expiry->at};
  }
  if (next.outcome == Outcome::Timeout && !was.outcome && view.awake_until) {
    return Due{Deadline::ActiveDeadline, *view.awake_until};
  }
  const bool retries = was.state == SessionState::Error && next.state == SessionState::Init;
  if (retries && was.next_attempt_time) return Due{Deadline::Retry, *was.next_attempt_time};
  return timed_out(view, next);
}

std::optional<Due> ended_by(const View& view, const DeletePod& action) {
  const auto& was = view.was;
  if (view.pod == nullptr || view.pod->meta.uid != action.uid) return std::nullopt;
  if (was.state == SessionState::Error && !was.outcome && was.next_attempt_time) {
    return Due{Deadline::Retry, *was.next_attempt_time};
  }
  const auto kept_until = pod_kept_until(was, view.policy);
  const bool kept =
      view.pod_finished() && !view.expired && !view.runs_again && was.outcome != Outcome::Cancelled;
  if (!kept || !kept_until) return std::nullopt;
  return Due{Deadline::PodRetention, *kept_until};
}

}  // namespace

std::optional<Due> carried_out(const Observed& observed, const Policy& policy, const Plan& plan,
                               Time now) {
  if (plan.actions.empty()) return std::nullopt;
  const View view(observed, policy, now);
  const auto& action = plan.actions.front();
  std::optional<Due> due;
  if (const auto* write = std::get_if<WriteStatus>(&action)) {
    due = told_by(view, write->status);
  } else if (const auto* removal = std::get_if<DeletePod>(&action)) {
    due = ended_by(view, *removal);
  } else if (std::holds_alternative<DeleteSession>(action) && view.deleted_at) {
    due = Due{Deadline::DeleteAfterFinished, *view.deleted_at};
  }
  if (due && view.was.observed_generation != view.session.meta.generation) due->foreseen = false;
  return due;
}

bool is_overdue(const api::Session& session, Time now) {
  const auto& status = session.status;
  const auto is_past = [now](const std::optional<Time>& time) {
    return time && now > *time + std::chrono::minutes(1);
  };
  if (session.meta.deletion_timestamp) return false;
  const bool has_expired = status.outcome == Outcome::Expired || is_true(status, "Expired");
  return (!has_expired && is_past(status.expires_at)) || is_past(status.next_attempt_time);
}

}  // namespace sojourn::domain
