// Sessions that need no pod any more, or not now: finished, expired, stopped, paused.
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

// ttl.maxLifetimeSeconds is hard: one write says Expired, then the pod goes, then the claim if
// storage.retention.whenExpired asks for it. The object stays.
std::optional<Verdict> expiry(const View& view) {
  if (!view.expired) return std::nullopt;
  Draft draft = rest(view, {Reason::Expired, ""});
  draft.finish(api::Outcome::Expired, view.now);
  draft.agent_down = {Reason::Expired, "no pod runs"};
  Verdict verdict{.status = seal(view, std::move(draft))};
  delete_pod(view, verdict);
  const bool volume_goes = view.policy.when_expired == api::RetentionPolicy::Delete &&
                           view.pod == nullptr && view.claim_is_ours &&
                           !view.claim->meta.deletion_timestamp;
  if (volume_goes) {
    const auto& meta = view.claim->meta;
    verdict.then.push_back(DeleteClaim{meta.name, meta.uid, meta.resource_version});
  }
  return verdict;
}

// T9: nothing retries or wakes while an outcome is set. A finished pod is kept for its logs.
std::optional<Verdict> outcome_reached(const View& view) {
  if (!view.was.outcome) return std::nullopt;
  const bool failed = view.was.outcome == api::Outcome::Failed;
  Draft draft = rest(view, {failed ? Reason::TaskFailed : Reason::Completed, view.was.message});
  if (const auto* agent = api::find_condition(view.was.conditions, "AgentReady")) {
    draft.agent_down = {parse_reason(agent->reason), agent->message};
  }
  Verdict verdict{.status = seal(view, std::move(draft))};
  if (!view.pod_finished()) delete_pod(view, verdict);
  return verdict;
}

// T2: IDLE is written, against the resourceVersion that was observed, before the pod is deleted.
// T7: so is the end of Waking. A person's stop also clears what failed attempts there were.
std::optional<Verdict> suspension_asked(const View& view) {
  if (!view.suspended) return std::nullopt;
  const bool paused = view.session.spec.desired_state == api::DesiredState::Paused;
  Draft draft = rest(view, {paused ? Reason::Paused : Reason::Stopped, ""});
  draft.status.attempts = 0;
  Verdict verdict{.status = seal(view, std::move(draft))};
  delete_pod(view, verdict);
  return verdict;
}

}  // namespace sojourn::domain
