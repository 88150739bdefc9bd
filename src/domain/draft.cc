#include "domain/draft.h"

#include <utility>

#include "domain/text.h"
#include "domain/volume.h"

namespace sojourn::domain {
namespace {

using api::ConditionStatus;
using api::SessionState;

// Collects the conditions of the status to be.
class Conditions {
 public:
  explicit Conditions(const View& view) : view_(view) {}

  void set(std::string_view type, ConditionStatus status, const Why& why, bool anew = false) {
    api::Condition next{.type = std::string(type),
                        .status = status,
                        .reason = std::string(to_string(why.reason)),
                        .message = why.message,
                        .last_transition_time = truncate(view_.now),
                        .observed_generation = view_.session.meta.generation};
    const auto* before = api::find_condition(view_.was.conditions, type);
    if (!anew && before != nullptr && before->status == status) {
      next.last_transition_time = before->last_transition_time;
      // What a newer version gave as the reason is not ours to replace (S40); Degraded is ours.
      if (why.reason == Reason::UnknownValue && type != "Degraded") next.reason = before->reason;
    }
    conditions_.push_back(std::move(next));
  }
  // For conditions that are there only while true.
  void set_if(std::string_view type, const std::optional<Why>& why) {
    if (why) set(type, ConditionStatus::True, *why);
  }
  std::vector<api::Condition> take() { return std::move(conditions_); }

 private:
  const View& view_;
  std::vector<api::Condition> conditions_;
};

// Once it has been told it stays as it was told.
bool expiry_is_told(const View& view) {
  return view.was.outcome == api::Outcome::Expired || view.condition_is_true("Expired");
}

Why explain_expiry(const View& view) {
  if (!view.expired) return {Reason::NotExpired, ""};
  const auto* told = api::find_condition(view.was.conditions, "Expired");
  if (expiry_is_told(view)) return {Reason::Expired, told != nullptr ? told->message : ""};
  return {Reason::Expired, std::string(field_of(view.expiry->deadline)) + " is over"};
}

// As it follows from the status to be: sleep begins with the write that tells it.
std::optional<Time> expiry_time(const View& view, const api::SessionStatus& next) {
  if (expiry_is_told(view)) return view.was.expires_at;
  const auto expiry = view.expired ? view.expiry : expiry_of(view.session, next, view.policy);
  return expiry ? std::optional(expiry->at) : std::nullopt;
}

// What follows from a change of state alone.
void record_transition(const View& view, api::SessionStatus& next) {
  constexpr std::size_t kMostTransitions = 10;
  if (next.state == view.was.state) return;
  next.active_seconds = active_seconds_until(view.was, view.now);
  auto& list = next.transitions;
  list.push_back({truncate(view.now), view.was.state, *next.state, next.reason});
  if (list.size() > kMostTransitions) {
    list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(kMostTransitions));
  }
}

// What Ready and Reconciling say: "the spec is realised as asked".
struct Realisation {
  bool ready = false;
  bool reconciling = false;
  Why why;
};

Realisation realisation(const View& view, const Draft& draft) {
  const auto& status = draft.status;
  const Why why{parse_reason(status.reason), status.message};
  if (status.outcome == api::Outcome::Failed) return {false, false, why};
  if (view.expired) return {true, false, {Reason::Expired, ""}};
  if (status.outcome) return {true, false, {reason_of(*status.outcome), ""}};
  if (draft.suspended) return {true, false, suspension(view)};
  switch (*status.state) {
    case SessionState::Ready:
    case SessionState::Busy:
      return {true, false, {Reason::Ready, ""}};
    case SessionState::Idle:
    case SessionState::Init:
    case SessionState::Error:
    case SessionState::Unknown:
      break;
  }
  // IDLE here is always on its way to READY: a session at rest is suspended or has an outcome.
  if (draft.stalled) return {false, false, *draft.stalled};
  return {false, true, why};
}

}  // namespace

Draft::Draft(const View& view)
    : status(view.was), suspended(view.suspended && !view.was.outcome), now_(view.now) {}

Why suspension(const View& view) {
  const bool paused = view.session.spec.desired_state == api::DesiredState::Paused;
  return {paused ? Reason::Paused : Reason::Stopped, ""};
}

Reason reason_of(api::Outcome outcome) {
  switch (outcome) {
    case api::Outcome::Completed:
      return Reason::Completed;
    case api::Outcome::Failed:
      return Reason::TaskFailed;
    case api::Outcome::Cancelled:
      return Reason::Cancelled;
    case api::Outcome::Timeout:
      return Reason::Timeout;
    case api::Outcome::Expired:
      return Reason::Expired;
    case api::Outcome::Unknown:
      break;
  }
  return Reason::UnknownValue;
}

void Draft::move_to(api::SessionState state, Why why) {
  if (status.state != state) status.state_since = truncate(now_);
  status.state = state;
  status.reason = to_string(why.reason);
  status.message = std::move(why.message);
}

void Draft::finish(api::Outcome outcome, Time now) {
  if (status.outcome) return;
  status.outcome = outcome;
  status.finish_time = truncate(now);
  suspended = false;
}

api::SessionStatus seal(const View& view, Draft draft) {
  auto& status = draft.status;
  const auto volume = judge_volume(view);
  const auto real = realisation(view, draft);
  const auto yes_no = [](bool yes) { return yes ? ConditionStatus::True : ConditionStatus::False; };

  Conditions conditions(view);
  conditions.set("Ready", yes_no(real.ready), real.why);
  if (real.reconciling) {
    conditions.set("Reconciling", ConditionStatus::True, real.why, draft.begins_start);
  }
  // An outcome of Failed is for a person, too.
  if (status.outcome == api::Outcome::Failed) draft.stalled = real.why;
  conditions.set_if("Stalled", draft.stalled);
  if (draft.waking) conditions.set("Waking", ConditionStatus::True, {Reason::Waking, ""});
  conditions.set("Suspended", yes_no(draft.suspended),
                 draft.suspended ? suspension(view) : Why{Reason::Running, ""});
  conditions.set("Expired", yes_no(view.expired), explain_expiry(view));
  conditions.set("VolumeReady", volume.status, volume.why);
  conditions.set("AgentReady", yes_no(draft.agent_up.has_value()),
                 draft.agent_up.value_or(draft.agent_down));
  conditions.set("Finished", yes_no(status.outcome.has_value()),
                 {status.outcome ? reason_of(*status.outcome) : Reason::NotFinished, ""});
  conditions.set("Admitted", ConditionStatus::True, {Reason::Admitted, ""});
  // What a newer version wants done about a word of its own is not ours to call handled (S40).
  if (!draft.degraded && !(view.runs_again && status.outcome)) {
    status.last_handled_run_token = view.session.spec.run_token;
  }
  if (!draft.degraded && view.observed.pruned) {
    draft.degraded = Why{Reason::StatusPruned,
                         "the API server does not keep the whole status; apply the CRDs of this "
                         "operator's version"};
  }
  if (!draft.degraded) draft.degraded = explain_refused_growth(view);
  conditions.set_if("Degraded", draft.degraded);

  status.observed_generation = view.session.meta.generation;
  status.conditions = conditions.take();
  status.volume = is_over(volume.why.reason) ? std::nullopt : record_volume(view, status);
  status.expires_at = expiry_time(view, status);
  record_transition(view, status);
  return std::move(draft.status);
}

api::SessionStatus keep(const View& view) {
  auto status = view.was;
  status.observed_generation = view.session.meta.generation;
  for (auto& condition : status.conditions)
    condition.observed_generation = view.session.meta.generation;
  status.expires_at = expiry_time(view, status);
  status.last_handled_run_token = view.session.spec.run_token;
  return status;
}

}  // namespace sojourn::domain
