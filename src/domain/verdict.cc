#include "domain/verdict.h"

#include <algorithm>

#include "domain/text.h"
#include "sojourn/base/backoff.h"
#include "sojourn/domain/pod_health.h"
#include "sojourn/domain/pod_shape.h"

namespace sojourn::domain {
namespace {

using api::SessionState;

// A conversation that stayed READY for ten minutes, as long as the kubelet asks of a container, has
// earned its attempts back. A task that fails late has still failed.
bool was_healthy(const View& view) {
  constexpr std::chrono::minutes kHealthy{10};
  return !view.is_task() && view.is(SessionState::Ready) && view.was.state_since &&
         view.now - *view.was.state_since >= kHealthy;
}

Time next_attempt(const View& view, int attempts) {
  using std::chrono::milliseconds;
  const auto delay = exponential_backoff(milliseconds(view.policy.retry_initial),
                                         milliseconds(view.policy.retry_max),
                                         static_cast<unsigned>(std::max(attempts, 1)));
  return round_up(view.now + delay);
}

}  // namespace

void delete_pod(const View& view, Verdict& verdict) {
  if (!view.pod_stays()) return;
  verdict.then.push_back(DeletePod{view.pod->meta.name, view.pod->meta.uid});
}

Verdict fail(const View& view, Failure failure) {
  Draft draft(view);
  auto& status = draft.status;
  status.attempts = (was_healthy(view) ? 0 : view.was.attempts) + (failure.counts ? 1 : 0);
  status.next_attempt_time.reset();
  draft.move_to(SessionState::Error, std::move(failure.why));
  draft.agent_down = {parse_reason(status.reason), status.message};
  draft.stalled = std::move(failure.stalled);
  const bool exhausted = failure.counts && status.attempts > view.policy.retry_limit;
  if (exhausted) {
    draft.stalled =
        Why{Reason::RetriesExhausted,
            "gave up after " + std::to_string(status.attempts) +
                " failed attempts; change spec.runToken to try again, or raise retryPolicy.limit"};
    if (view.is_task()) {
      draft.finish(api::Outcome::Failed, view.now);
      status.reason = to_string(Reason::TaskFailed);
    }
  } else if (!draft.stalled && !failure.keeps_pod) {
    status.next_attempt_time = next_attempt(view, status.attempts);
  }
  if (failure.keeps_pod && !exhausted && view.pod != nullptr && view.was.pod) {
    status.pod->incarnation = incarnation(*view.pod);
  } else {
    status.pod.reset();
  }
  return {.status = seal(view, std::move(draft))};
}

Verdict lose_pod(const View& view) {
  const auto& record = *view.was.pod;
  if (view.observed.pod_confirmed_gone != record.uid) {
    return {.first = {ConfirmPodGone{record.name, record.uid}}};
  }
  // It is there, but out of the operator's sight: told like a pod that stands in the way, and at
  // once.
  const auto& refusal = view.observed.refusal;
  if (refusal && refusal->reason == kLabelLost) {
    return fail(view, {.why = {Reason::PodConflict, one_line(refusal->message)}, .counts = false});
  }
  const bool replaced = view.pod != nullptr;
  return fail(view, {{Reason::PodLost, "pod " + record.name +
                                           (replaced ? " was replaced by another" : " is gone")}});
}

Verdict end_with_pod(const View& view) {
  const bool asked_to_go = !view.pod_stays();
  // Its Session may be going, too, and the cache lag behind.
  if (asked_to_go && view.observed.pod_confirmed_gone != view.pod->meta.uid) {
    return {.first = {ConfirmPodGone{view.pod->meta.name, view.pod->meta.uid}}};
  }
  auto why = explain_end(*view.pod, asked_to_go ? Reason::PodLost : Reason::PodFailed);
  if (asked_to_go && why.message.empty()) {
    why.message = "pod " + view.pod->meta.name + " is being deleted";
  }
  return fail(view, {std::move(why)});
}

Verdict become_ready(const View& view) {
  Draft draft(view);
  auto& status = draft.status;
  status.pod = api::PodRecord{view.pod->meta.name, view.pod->meta.uid, view.pod->spec.node_name,
                              incarnation(*view.pod)};
  status.template_ = template_of(*view.pod);
  status.next_attempt_time.reset();
  if (!status.start_time) status.start_time = truncate(view.now);
  draft.agent_up = Why{Reason::Ready, ""};
  draft.move_to(SessionState::Ready, {Reason::Ready, ""});
  return {.status = seal(view, std::move(draft))};
}

}  // namespace sojourn::domain
