#include "domain/view.h"

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/retention.h"

namespace sojourn::domain {

View::View(const Observed& observed_now, const Policy& policy_now, Time time)
    : observed(observed_now),
      policy(policy_now),
      now(time),
      session(*observed_now.session),
      was(observed_now.session->status) {
  for (const auto& candidate : observed.pods) {
    if (candidate->meta.name == observed.child_name) {
      pod = candidate.get();
    } else {
      strays.push_back(candidate.get());
    }
  }
  claim = observed.claim.get();
  claim_is_ours = claim != nullptr && observed.claim_is_genuine && is_claim_of(*claim, session);
  claim_let_go = released_since(was);

  const bool told = was.outcome == api::Outcome::Expired || condition_is_true("Expired");
  expiry = expiry_of(session, was, policy);
  awake_until = active_until(was, policy);
  const bool expires = !told && expiry && now >= expiry->at;
  deleted_at = domain::deleted_at(was, policy);
  time_is_due =
      expires || (awake_until && now >= *awake_until) || (deleted_at && now >= *deleted_at);
  expired = told || (expires && observed.clock == ClockCheck::Agrees);
  suspended = session.spec.desired_state == api::DesiredState::Paused ||
              session.spec.desired_state == api::DesiredState::Stopped;
  cancelled = session.spec.desired_state == api::DesiredState::Cancelled;
  const auto& token = session.spec.run_token;
  new_token = !token.empty() && token != was.last_handled_run_token && was.state.has_value();
  const bool can_run_again = was.outcome == api::Outcome::Completed ||
                             was.outcome == api::Outcome::Failed ||
                             was.outcome == api::Outcome::Timeout;
  runs_again = new_token && can_run_again && !cancelled && !expired;
  waking = is(api::SessionState::Idle) && condition_is_true("Waking");
}

bool View::condition_is_true(std::string_view type) const {
  const auto* condition = api::find_condition(was.conditions, type);
  return condition != nullptr && condition->status == api::ConditionStatus::True;
}

std::optional<Reason> View::stalled_reason() const {
  const auto* stalled = api::find_condition(was.conditions, "Stalled");
  if (stalled == nullptr || stalled->status != api::ConditionStatus::True) return std::nullopt;
  return parse_reason(stalled->reason);
}

std::optional<Time> View::start_began() const {
  const auto* reconciling = api::find_condition(was.conditions, "Reconciling");
  if (reconciling == nullptr) return std::nullopt;
  return reconciling->last_transition_time;
}

}  // namespace sojourn::domain
