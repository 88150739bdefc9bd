// READY and BUSY: is the pod that was recorded still what it was?
#include <utility>

#include "domain/text.h"
#include "domain/verdict.h"
#include "sojourn/domain/pod_health.h"

namespace sojourn::domain {
namespace {

using api::SessionState;

// T6: counts every restart, but once only however many were seen together.
Verdict restarted(const View& view) {
  auto why = explain_end(*view.pod, Reason::AgentRestarted);
  if (why.message.empty()) why.message = "a container of pod " + view.pod->meta.name + " restarted";
  return fail(view, {.why = std::move(why), .keeps_pod = true});
}

// T6b: a pod that is not Ready keeps its session awake for as long as a start may take.
Verdict unready(const View& view) {
  Draft draft(view);
  draft.agent_down = {Reason::PodNotReady, "pod " + view.pod->meta.name + " is not Ready"};
  Verdict verdict{.status = seal(view, std::move(draft))};
  const auto* ready = api::find_condition(view.was.conditions, "AgentReady");
  if (ready != nullptr && ready->status == api::ConditionStatus::False &&
      ready->last_transition_time) {
    const auto deadline = deadline_after(*ready->last_transition_time, view.policy.start_timeout);
    if (view.now >= deadline) {
      return fail(view, {{Reason::AgentUnready,
                          "pod " + view.pod->meta.name + " was not Ready for " +
                              std::to_string(view.policy.start_timeout.count()) + " s"}});
    }
    verdict.recheck = deadline;
  }
  return verdict;
}

}  // namespace

// T3: BUSY is never cut by sleep, an outcome or the end of a lifetime. Without a reporter no turn
// is known to be open, so a BUSY session goes back to READY (or, its pod lost, to ERROR) before
// anything else is decided.
std::optional<Verdict> busy(const View& view) {
  if (!view.is(SessionState::Busy)) return std::nullopt;
  return awake(view);
}

std::optional<Verdict> awake(const View& view) {
  if (!view.is(SessionState::Ready) && !view.is(SessionState::Busy)) return std::nullopt;
  if (!view.was.pod) {
    // A restored or hand-made status: trust only what is seen.
    if (view.pod != nullptr && is_usable(*view.pod)) return become_ready(view);
    return fail(view, {{Reason::PodLost, "no pod is on record"}});
  }
  if (view.pod == nullptr || view.pod->meta.uid != view.was.pod->uid) return lose_pod(view);
  if (view.pod_has_ended()) return end_with_pod(view);
  if (incarnation(*view.pod) != view.was.pod->incarnation) return restarted(view);
  if (auto loss = volume_loss(view)) return loss;
  if (!is_usable(*view.pod)) return unready(view);
  return become_ready(view);
}

}  // namespace sojourn::domain
