// ERROR: what is kept, what is tried again and when.
#include <utility>

#include "domain/start.h"
#include "domain/text.h"
#include "domain/verdict.h"
#include "sojourn/domain/pod_health.h"

namespace sojourn::domain {
namespace {

using api::SessionState;

// ERROR as it stands, with what holds it there.
Verdict stay(const View& view, std::optional<Why> stalled, Why agent) {
  Draft draft(view);
  draft.stalled = std::move(stalled);
  draft.agent_down = std::move(agent);
  return {.status = seal(view, std::move(draft))};
}

Why agent_now(const View& view) {
  const auto* agent = api::find_condition(view.was.conditions, "AgentReady");
  if (agent == nullptr) return {Reason::NoAgent, "no pod runs"};
  return {parse_reason(agent->reason), agent->message};
}

Why stalled_now(const View& view) {
  const auto* stalled = api::find_condition(view.was.conditions, "Stalled");
  return {parse_reason(stalled->reason), stalled->message};
}

// A pod that outstays its grace period, which deletionTimestamp includes, is shown: on a lost node
// it stays until somebody looks.
Verdict await_end(const View& view) {
  const auto grace_ends = *view.pod->meta.deletion_timestamp;
  if (!has_lasted(view, grace_ends)) return {.recheck = told_from(grace_ends)};
  const auto stalled = view.stalled_reason() ? std::optional(stalled_now(view)) : std::nullopt;
  return stay(view, stalled, explain_lingering(view));
}

// T10: the old pod is deleted, and when it is gone a start begins.
Verdict start_afresh(const View& view) {
  if (view.pod != nullptr && !view.pod_stays()) return await_end(view);
  Verdict verdict;
  if (view.pod != nullptr) {
    verdict.first = {DeletePod{view.pod->meta.name, view.pod->meta.uid}};
    return verdict;
  }
  if (!view.strays.empty()) return verdict;  // on their way out; their end wakes the key
  Draft draft(view);
  auto& status = draft.status;
  status.next_attempt_time.reset();
  status.pod.reset();
  draft.begins_start = true;
  if (view.observed.template_.revision) status.template_ = view.observed.template_.revision->id;
  draft.agent_down = {Reason::Starting, ""};
  draft.move_to(SessionState::Init, {Reason::Starting, ""});
  verdict.status = seal(view, std::move(draft));
  return verdict;
}

// What a held-up pod comes to once its cause is over: nothing but its becoming Ready, or a person,
// ends it.
bool is_progress(Reason reason) {
  return reason == Reason::ContainersStarting || reason == Reason::PodNotReady;
}

// The pod of a start that a cause outside the session holds up.
Verdict await_pod(const View& view) {
  const auto& pod = *view.pod;
  if (is_usable(pod) && volume_is_ready(view)) return become_ready(view);
  if (pod.meta.deletion_timestamp) return stay(view, stalled_now(view), agent_now(view));
  if (view.pod_finished()) return fail(view, {explain_end(pod, Reason::PodFailed)});
  const auto progress = progress_of(pod, view.now);
  const bool told = progress.failing || has_lasted(view, progress.since);
  if (!told) {
    auto verdict = stay(view, stalled_now(view), agent_now(view));
    verdict.recheck = told_from(progress.since);
    return verdict;
  }
  // The cause outside is over, and now the agents themselves fail.
  if (!is_outside(progress.why.reason) && has_restarted(pod)) {
    return fail(view, {explain_end(pod, Reason::AgentRestarted)});
  }
  return stay(view, progress.why, progress.why);
}

// A cause outside the session lasted past the start deadline: the pod is kept, or its creation is
// tried on; a changed template starts afresh.
Verdict stuck_outside(const View& view) {
  const bool conflict_over = view.stalled_reason() == Reason::VolumeConflict &&
                             (view.claim == nullptr || view.claim_is_ours);
  if (template_changed(view) || conflict_over) return start_afresh(view);
  if (auto loss = volume_loss(view)) return *loss;
  if (view.pod != nullptr && !lacks_claim(view)) return await_pod(view);
  if (const auto obstacle = obstacle_to_start(view))
    return stay(view, obstacle->why, agent_now(view));
  const auto refusal = refusal_of(view);
  auto verdict = stay(view, refusal ? refusal->why : stalled_now(view), agent_now(view));
  if (refusal && refusal->is_final) return verdict;
  if (refusal && view.now < view.observed.refusal->retry_at) {
    verdict.recheck = view.observed.refusal->retry_at;
  } else {
    verdict.then.push_back(next_creation(view));
  }
  return verdict;
}

// T6: a container restarted in place; the kubelet is bringing it back.
Verdict restarted_in_place(const View& view) {
  const auto& pod = *view.pod;
  if (view.pod_has_ended()) return end_with_pod(view);
  if (incarnation(pod) != view.was.pod->incarnation) {
    return fail(view, {.why = explain_end(pod, Reason::AgentRestarted), .keeps_pod = true});
  }
  if (auto loss = volume_loss(view)) return *loss;
  if (is_usable(pod)) return become_ready(view);
  const auto deadline =
      deadline_after(view.was.state_since.value_or(truncate(view.now)), view.policy.start_timeout);
  if (view.now >= deadline) {
    return fail(view,
                {{Reason::AgentUnready, "pod " + pod.meta.name + " did not become Ready again"}});
  }
  auto verdict = stay(view, std::nullopt, agent_now(view));
  verdict.recheck = deadline;
  return verdict;
}

// Nothing is tried any more; a pod that still runs goes, a finished one is kept for its logs.
Verdict given_up(const View& view) {
  auto verdict = stay(view, stalled_now(view), agent_now(view));
  if (!view.pod_finished()) delete_pod(view, verdict);
  return verdict;
}

}  // namespace

std::optional<Verdict> failed(const View& view) {
  if (!view.is(SessionState::Error)) return std::nullopt;
  if (const auto stalled = view.stalled_reason()) {
    // What ends it is known to a newer version alone (S40).
    if (*stalled == Reason::UnknownValue) return Verdict{.status = keep(view)};
    if (is_outside(*stalled) || is_progress(*stalled)) return stuck_outside(view);
    // What a person can do about it: raise the limit, bring the claim back.
    const bool mended = *stalled == Reason::VolumeLost
                            ? !volume_loss(view).has_value()
                            : view.was.attempts <= view.policy.retry_limit;
    return mended ? start_afresh(view) : given_up(view);
  }
  if (view.was.pod) {
    if (view.pod != nullptr && view.pod->meta.uid == view.was.pod->uid)
      return restarted_in_place(view);
    return lose_pod(view);
  }
  // A failure's own write sets the time; after a stop it is missing, and the next attempt is due.
  const auto due = view.was.next_attempt_time.value_or(view.now);
  if (view.now >= due) return start_afresh(view);
  // T10: until then the old pod stays, so that its logs can be read.
  auto verdict = stay(view, std::nullopt, agent_now(view));
  verdict.recheck = due;
  return verdict;
}

}  // namespace sojourn::domain
