// Sessions that need no pod any more, or not now: finished, expired, stopped, paused.
#include <string>
#include <utility>

#include "domain/verdict.h"
#include "sojourn/domain/pod_health.h"

namespace sojourn::domain {
namespace {

using api::SessionState;

// Where a session rests: T4 knows no INIT → IDLE and no ERROR → IDLE, so these stay.
SessionState resting_state(const View& view) {
  if (!view.was.state) return SessionState::Init;
  return view.is(SessionState::Ready) ? SessionState::Idle : *view.was.state;
}

// The draft of a session at rest: no pod on record, no start and no retry under way. A state that
// stays keeps its reason when it is ERROR: it is still what went wrong.
Draft rest(const View& view, Why why) {
  Draft draft(view);
  draft.status.pod.reset();
  draft.status.next_attempt_time.reset();
  if (!view.is(SessionState::Error)) draft.move_to(resting_state(view), std::move(why));
  return draft;
}

// The end of a session whose command has not ended: the outcome is written before the pod goes
// (T2).
Verdict end(const View& view, api::Outcome outcome, std::string message) {
  const Why why{reason_of(outcome), std::move(message)};
  Draft draft = rest(view, why);
  draft.finish(outcome, view.now);
  draft.agent_down = {why.reason, "no pod runs"};
  Verdict verdict{.status = seal(view, std::move(draft))};
  delete_pod(view, verdict);
  return verdict;
}

// ttl.deleteAfterFinishedSeconds: last of all, when nothing else is left to be done.
void delete_when_due(const View& view, Verdict& verdict) {
  const bool due = view.deleted_at && view.now >= *view.deleted_at;
  if (!due || view.observed.clock != ClockCheck::Agrees || !verdict.then.empty()) return;
  const auto& meta = view.session.meta;
  verdict.then.push_back(DeleteSession{meta.name, meta.uid, meta.resource_version});
}

}  // namespace

// T9, T1: a task whose command ended with 0 was Ready, even if nobody saw it: it takes the way over
// READY. One that was asked to stop meanwhile has still ended.
std::optional<Verdict> task_ended(const View& view) {
  if (!view.task_succeeded() || view.was.outcome || view.expired || !view.was.state)
    return std::nullopt;
  if (!view.is(SessionState::Ready) && !view.suspended) return become_ready(view);
  Draft draft = rest(view, {Reason::Completed, ""});
  draft.finish(api::Outcome::Completed, view.now);
  draft.agent_down = {Reason::Completed, "the task's command ended with 0"};
  return Verdict{.status = seal(view, std::move(draft))};
}

// One write says Expired, then the pod goes, then the claim if storage.retention.whenExpired asks
// for it. The object stays, and an outcome that was reached before stays, too.
std::optional<Verdict> expiry(const View& view) {
  if (!view.expired) return std::nullopt;
  auto verdict = end(view, api::Outcome::Expired, "");
  const bool volume_goes = view.policy.when_expired == api::RetentionPolicy::Delete &&
                           view.claim_is_ours && !view.claim->meta.deletion_timestamp;
  if (volume_goes && view.pod != nullptr) return verdict;  // its end wakes the key
  if (volume_goes) {
    const auto& meta = view.claim->meta;
    verdict.then.push_back(DeleteClaim{meta.name, meta.uid, meta.resource_version});
  }
  delete_when_due(view, verdict);
  return verdict;
}

// T9: another spec.runToken runs a finished session again, and ends the waiting in ERROR. Elsewhere
// it is only recorded, by whatever is written next. The pod of the last run goes first, so that its
// end is not taken for that of the next.
std::optional<Verdict> run_asked(const View& view) {
  const bool waits = view.new_token && !view.was.outcome && view.is(SessionState::Error) &&
                     !view.suspended && !view.cancelled;
  if (!view.runs_again && !waits) return std::nullopt;
  if (view.is(SessionState::Ready)) return std::nullopt;  // of a restored status: IDLE comes first
  if (view.runs_again && view.pod != nullptr) {
    Verdict verdict;
    if (view.pod_stays()) verdict.first = {DeletePod{view.pod->meta.name, view.pod->meta.uid}};
    return verdict;
  }
  Draft draft(view);
  auto& status = draft.status;
  status.outcome.reset();
  status.finish_time.reset();
  status.pod.reset();
  status.attempts = 0;
  status.active_seconds = 0;
  status.next_attempt_time.reset();
  draft.suspended = view.suspended;
  auto why = view.suspended ? suspension(view) : Why{Reason::Starting, ""};
  if (!view.is(SessionState::Error)) draft.move_to(*view.was.state, std::move(why));
  return Verdict{.status = seal(view, std::move(draft))};
}

// T9: nothing retries or wakes while an outcome is set. A finished pod is kept for its logs, until
// podRetentionSeconds are over, but not a cancelled Session's: another may go on with its volume,
// which is marked as left once the pod is gone.
std::optional<Verdict> outcome_reached(const View& view) {
  if (!view.was.outcome) return std::nullopt;
  Draft draft = rest(view, {reason_of(*view.was.outcome), view.was.message});
  if (const auto* agent = api::find_condition(view.was.conditions, "AgentReady")) {
    draft.agent_down = {parse_reason(agent->reason), agent->message};
  }
  Verdict verdict{.status = seal(view, std::move(draft))};
  const bool kept = view.pod_finished() && view.was.outcome != api::Outcome::Cancelled;
  const auto kept_until = pod_kept_until(view.was, view.policy);
  if (!kept || (kept_until && view.now >= *kept_until)) {
    delete_pod(view, verdict);
  } else {
    verdict.recheck = kept_until;
  }
  delete_when_due(view, verdict);
  return verdict;
}

// T9: final, and without waiting for anything but a turn that is open.
std::optional<Verdict> cancellation_asked(const View& view) {
  if (!view.cancelled) return std::nullopt;
  return end(view, api::Outcome::Cancelled, "");
}

// T2: IDLE is written, against the resourceVersion that was observed, before the pod is deleted.
// T7: so is the end of Waking. A person's stop also clears what failed attempts there were.
std::optional<Verdict> suspension_asked(const View& view) {
  if (!view.suspended) return std::nullopt;
  Draft draft = rest(view, suspension(view));
  draft.status.attempts = 0;
  Verdict verdict{.status = seal(view, std::move(draft))};
  delete_pod(view, verdict);
  return verdict;
}

// limits.activeDeadlineSeconds counts the time READY over all wakes.
std::optional<Verdict> active_time_over(const View& view) {
  const bool over = view.awake_until && view.now >= *view.awake_until;
  if (!over || view.observed.clock != ClockCheck::Agrees) return std::nullopt;
  return end(view, api::Outcome::Timeout,
             "limits.activeDeadlineSeconds (" +
                 std::to_string(view.policy.active_deadline.count()) +
                 ") is over; raise it and change spec.runToken to go on");
}

}  // namespace sojourn::domain
