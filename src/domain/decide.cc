#include "sojourn/domain/decide.h"

#include <algorithm>
#include <array>
#include <utility>

#include "domain/draft.h"
#include "domain/events.h"
#include "domain/verdict.h"
#include "domain/view.h"
#include "domain/volume.h"

namespace sojourn::domain {
namespace {

// Once it is being deleted nothing is created and nothing is said: its pod, and under whenDeleted:
// Delete its claim, go by garbage collection; a retained claim has no owner and stays.
std::optional<Verdict> being_deleted(const View& view) {
  if (!view.session.meta.deletion_timestamp) return std::nullopt;
  return Verdict{};
}

// A word of a newer version (S40): said so, and nothing is touched.
std::optional<Verdict> unknown_words(const View& view) {
  const auto& spec = view.session.spec;
  std::string field;
  if (spec.desired_state == api::DesiredState::Unknown) field = "spec.desiredState";
  if (spec.mode == api::SessionMode::Unknown) field = "spec.mode";
  if (view.was.outcome == api::Outcome::Unknown) field = "status.outcome";
  if (view.is(api::SessionState::Unknown))
    return Verdict{};  // no legal transition is known from it
  if (field.empty()) return std::nullopt;
  Draft draft(view);
  if (!view.was.state) draft.move_to(api::SessionState::Init, {Reason::UnknownValue, ""});
  draft.degraded =
      Why{Reason::UnknownValue, field + " is a word of a newer version; upgrade the operator"};
  const auto* agent = api::find_condition(view.was.conditions, "AgentReady");
  if (agent != nullptr && agent->status == api::ConditionStatus::True) {
    draft.agent_up = Why{Reason::Ready, ""};
  }
  draft.waking = view.waking;
  return Verdict{.status = seal(view, std::move(draft))};
}

// I1: one pod a session. Whoever made another in its name, it goes first.
std::optional<Verdict> stray_pods(const View& view) {
  Verdict verdict;
  for (const auto* stray : view.strays) {
    if (!stray->meta.deletion_timestamp) {
      verdict.first.push_back(DeletePod{stray->meta.name, stray->meta.uid});
    }
  }
  if (verdict.first.empty()) return std::nullopt;
  return verdict;
}

// A cache may lag behind a recorded claim, so the API server is asked before anybody is told that
// it is gone. When its end is what storage.retention asks for there is nothing to ask.
std::optional<Verdict> missing_claim(const View& view) {
  const auto& record = view.was.volume;
  if (!record || view.claim != nullptr || volume_was_to_go(view)) return std::nullopt;
  if (view.observed.claim_confirmed_gone == record->claim_uid) return std::nullopt;
  return Verdict{.first = {ConfirmClaimGone{record->claim_name, record->claim_uid}}};
}

// A jump of this machine's clock must not end anything: the API server's is asked first, and the
// Session read anew on the way, so that an extension in time is seen (S21, S22).
std::optional<Verdict> unconfirmed_time(const View& view) {
  if (!view.time_is_due || view.observed.clock != ClockCheck::Unknown) return std::nullopt;
  return Verdict{.first = {ConfirmTime{}}};
}

// Without the times at which something came to be so: what is dropped comes to be so each time
// anew.
api::SessionStatus without_times(api::SessionStatus status) {
  for (auto& condition : status.conditions) condition.last_transition_time.reset();
  for (auto& transition : status.transitions) transition.time.reset();
  status.state_since.reset();
  status.start_time.reset();
  status.finish_time.reset();
  return status;
}

// S41: written again at once it would only be dropped again.
bool would_be_pruned(const View& view, const api::SessionStatus& status) {
  const auto& pruned = view.observed.pruned;
  return pruned && view.now < pruned->retry_at &&
         without_times(status) == without_times(pruned->status);
}

struct NamedCheck {
  std::string_view name;
  Check check;
};

// First match wins.
constexpr std::array kChecks{
    NamedCheck{"being_deleted", being_deleted},
    NamedCheck{"unknown_words", unknown_words},
    NamedCheck{"stray_pods", stray_pods},
    NamedCheck{"claim_upkeep", claim_upkeep},
    NamedCheck{"claim_growth", claim_growth},
    NamedCheck{"missing_claim", missing_claim},
    NamedCheck{"unconfirmed_time", unconfirmed_time},
    NamedCheck{"busy", busy},
    NamedCheck{"task_ended", task_ended},
    NamedCheck{"expiry", expiry},
    NamedCheck{"run_asked", run_asked},
    NamedCheck{"outcome_reached", outcome_reached},
    NamedCheck{"cancellation_asked", cancellation_asked},
    NamedCheck{"suspension_asked", suspension_asked},
    NamedCheck{"active_time_over", active_time_over},
    NamedCheck{"awake", awake},
    NamedCheck{"failed", failed},
    NamedCheck{"starting", starting},
};

Plan plan_of(const View& view, Verdict verdict, std::string_view check) {
  Plan plan{.recheck = verdict.recheck, .check = check};
  if (view.time_is_due) {
    plan.recheck = earliest(plan.recheck, view.observed.clock_retry_at);
  } else {
    if (!view.expired && view.expiry) plan.recheck = earliest(plan.recheck, view.expiry->at);
    plan.recheck = earliest(earliest(plan.recheck, view.awake_until), view.deleted_at);
  }
  // One that is due is asked for, unless an earlier check speaks: that is no reason to look again.
  const auto* const refused = refused_growth(view);
  if (refused != nullptr && view.now < refused->retry_at) {
    plan.recheck = earliest(plan.recheck, refused->retry_at);
  }
  if (!verdict.first.empty()) {
    plan.actions = std::move(verdict.first);
    plan.events = events_of(view, plan.actions);
  } else if (verdict.status && would_be_pruned(view, *verdict.status)) {
    plan.recheck = earliest(plan.recheck, view.observed.pruned->retry_at);
  } else if (verdict.status && *verdict.status != view.was) {
    plan.events = events_between(view.was, *verdict.status);
    plan.actions.push_back(WriteStatus{std::move(*verdict.status)});
  } else {
    plan.actions = std::move(verdict.then);
    plan.events = events_of(view, plan.actions);
  }
  return plan;
}

}  // namespace

Plan decide(const Observed& observed, const Policy& policy, Time now) {
  const View view(observed, policy, now);
  for (const auto& [name, check] : kChecks) {
    if (auto verdict = check(view)) return plan_of(view, std::move(*verdict), name);
  }
  return {};
}

}  // namespace sojourn::domain
