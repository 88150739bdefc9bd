// The way from nothing to READY, from INIT or (Waking) from IDLE: template, claim, pod, Ready.
#include "domain/start.h"

#include <utility>

#include "domain/text.h"
#include "domain/volume.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_health.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"
#include "sojourn/domain/session_check.h"
#include "sojourn/domain/template_check.h"

namespace sojourn::domain {
namespace {

using api::SessionState;
using std::chrono::seconds;

// Objects carry whole seconds, so a stage of 3 by their reckoning has lasted at least 2.
constexpr seconds kTold{3};

Why explain_refusal(const Refusal& refusal, const std::string& name) {
  const auto message = one_line(refusal.message);
  if (refusal.reason == "NamespaceTerminating") return {Reason::NamespaceTerminating, message};
  if (refusal.reason == kLabelLost) return {Reason::PodConflict, message};
  if (refusal.code == ErrorCode::AlreadyExists) {
    const bool claim = refusal.step == Step::CreateClaim;
    return {claim ? Reason::VolumeConflict : Reason::PodConflict,
            std::string(claim ? "claim " : "pod ") + name +
                " was not made for this session; remove or rename it"};
  }
  if (refusal.code == ErrorCode::Invalid) {
    return {refusal.step == Step::CreatePod ? Reason::InvalidTemplate : Reason::Refused, message};
  }
  if (refusal.message.find("exceeded quota") != std::string::npos)
    return {Reason::QuotaExceeded, message};
  return {Reason::Forbidden, message};
}

// A pod that outstays its grace period is shown, and the start begins anew when it is gone: no
// clock runs meanwhile.
bool waits_for_old_pod(const View& view) {
  return view.was.reason == to_string(Reason::PodTerminating);
}

bool is_under_way(const View& view) {
  return (view.is(SessionState::Init) || view.waking) && view.start_began().has_value() &&
         !waits_for_old_pod(view);
}

// T10: a start begins only when no pod object exists, so that a pod seen later is this start's. A
// wiped status is the exception: the pod that is there is taken over (T8).
bool old_pod_in_the_way(const View& view) {
  if (view.pod == nullptr || !view.was.state || is_under_way(view)) return false;
  // While Waking no clock runs once a person is called, and yet the pod that is made then is this
  // start's.
  const bool asleep = view.is(SessionState::Idle) && !view.waking;
  return asleep || view.condition_is_true("Suspended") || waits_for_old_pod(view);
}

Verdict clear_the_way(const View& view) {
  Verdict verdict;
  if (view.pod_stays()) {
    verdict.first = {DeletePod{view.pod->meta.name, view.pod->meta.uid}};
    return verdict;
  }
  // Told only when the pod outstays its grace period, which deletionTimestamp includes.
  const auto grace_ends = *view.pod->meta.deletion_timestamp;
  if (!has_lasted(view, grace_ends)) {
    verdict.recheck = told_from(grace_ends);
    return verdict;
  }
  Draft draft(view);
  draft.suspended = false;
  const auto why = explain_lingering(view);
  draft.move_to(*view.was.state, why);
  draft.agent_down = why;
  verdict.status = seal(view, std::move(draft));
  return verdict;
}

// A start under way without a pod takes a template that has changed, and has its whole time again.
bool starts_over(const View& view) {
  return view.pod == nullptr && view.was.template_ && template_changed(view);
}

// A pod that gets nowhere and was made from another revision than the template now has: a new one
// may do better, so that a mended template heals at once.
bool is_outdated(const View& view, const PodProgress& progress) {
  const auto& tmpl = view.observed.template_;
  if (tmpl.state != TemplateState::Usable || !view.pod_stays()) return false;
  if (template_of(*view.pod).revision == tmpl.revision->id.revision) return false;
  const bool unschedulable =
      progress.why.reason == Reason::Unschedulable && has_lasted(view, progress.since);
  return progress.failing || unschedulable || has_restarted(*view.pod);
}

Draft start_draft(const View& view, Why why) {
  Draft draft(view);
  auto& status = draft.status;
  draft.waking = view.is(SessionState::Idle);
  draft.begins_start = !is_under_way(view) || starts_over(view);
  draft.agent_down = why;
  status.next_attempt_time.reset();
  if (draft.begins_start) status.pod.reset();
  const auto& revision = view.observed.template_.revision;
  if (view.pod != nullptr) {
    status.template_ = template_of(*view.pod);
  } else if (revision) {
    status.template_ = revision->id;
  }
  draft.move_to(draft.waking ? SessionState::Idle : SessionState::Init, std::move(why));
  return draft;
}

std::optional<Time> deadline(const View& view) {
  if (!is_under_way(view)) return std::nullopt;
  return deadline_after(*view.start_began(), view.policy.start_timeout);
}

// StartTimeout, or WakeTimeout. A cause outside the session uses up no attempt: the pod is kept and
// only a person, or the cause's end, helps.
Verdict time_out(const View& view, const Why& cause) {
  const auto reason = view.waking ? Reason::WakeTimeout : Reason::StartTimeout;
  const bool outside = is_outside(cause.reason);
  Failure failure{
      .why = {reason,
              one_line("not READY after " + std::to_string(view.policy.start_timeout.count()) +
                       " s: " + std::string(to_string(cause.reason)) + ", " + cause.message)},
      .counts = !outside,
      .keeps_pod = outside};
  if (outside) failure.stalled = cause;
  return fail(view, std::move(failure));
}

// Shows an obstacle or a stage of progress, at once or when it has lasted; past the deadline the
// start has failed.
Verdict show(const View& view, const Obstacle& obstacle) {
  const auto ends = deadline(view);
  if (ends && view.now >= *ends) return time_out(view, obstacle.why);
  if (!obstacle.told_at_once && !has_lasted(view, obstacle.since)) {
    const auto told = told_from(obstacle.since);
    if (is_under_way(view)) return {.status = keep(view), .recheck = earliest(told, ends)};
    if (obstacle.why.reason == Reason::TemplatePending) return {.recheck = told};
    return {.status = seal(view, start_draft(view, {Reason::Starting, ""})), .recheck = told};
  }
  // Told once: what else changes on the way (the claim's volume, its capacity) waits for READY.
  const bool told = is_under_way(view) && view.was.reason == to_string(obstacle.why.reason) &&
                    view.was.message == obstacle.why.message;
  if (told) return {.status = keep(view), .recheck = ends};
  Draft draft = start_draft(view, obstacle.why);
  if (obstacle.needs_person) draft.stalled = obstacle.why;
  return {.status = seal(view, std::move(draft)), .recheck = ends};
}

Verdict create_next(const View& view) {
  const auto refusal = refusal_of(view);
  Verdict verdict;
  if (refusal) {
    verdict = show(view, *refusal);
    if (refusal->is_final) return verdict;
    if (view.now < view.observed.refusal->retry_at) {
      verdict.recheck = earliest(verdict.recheck, view.observed.refusal->retry_at);
      return verdict;
    }
  } else if (lacks_claim(view)) {
    // Before the status, so that INIT is written with the claim's uid and a cold start costs 4
    // writes.
    return {.first = {next_creation(view)}};
  } else if (!is_under_way(view) || starts_over(view)) {
    verdict.status = seal(view, start_draft(view, {Reason::Starting, ""}));
  } else if (const auto ends = deadline(view); view.now >= *ends) {
    return time_out(view, {Reason::PodPending, "the pod could not be made"});
  } else {
    verdict.status = keep(view);
    verdict.recheck = ends;
  }
  // The claim's uid is on record before a pod mounts it.
  if (view.claim_is_ours && !view.was.volume) {
    verdict.status = seal(view, start_draft(view, {Reason::Starting, ""}));
  }
  verdict.then.push_back(next_creation(view));
  return verdict;
}

Verdict watch_pod(const View& view) {
  const auto& pod = *view.pod;
  // T8: a wiped status takes over the pod that is there. INIT comes first, whatever the pod is.
  if (!view.was.state) return {.status = seal(view, start_draft(view, {Reason::Starting, ""}))};
  if (view.pod_finished() && !pod.meta.deletion_timestamp) {
    return fail(view, {explain_end(pod, Reason::PodFailed)});
  }
  if (is_usable(pod) && volume_is_ready(view)) return become_ready(view);
  if (is_usable(pod)) {
    // Seen for a moment where a binder and a kubelet are fast: told only once it lasts.
    const Why why{Reason::VolumePending, "claim " + view.observed.claim_name + " is not bound yet"};
    const auto since = view.start_began() ? view.start_began() : pod.meta.creation_timestamp;
    return show(view,
                {.why = why, .told_at_once = false, .since = since.value_or(truncate(view.now))});
  }
  auto progress = progress_of(pod, view.now);
  // The kubelet waits for it without a word in the pod's status.
  if (const auto& from = view.session.spec.context_from;
      from && progress.why.reason == Reason::ContainersStarting) {
    progress.why.message +=
        ", for which ConfigMap " + from->name + " must have the key " + quoted(from->key);
  }
  if (is_outdated(view, progress)) return {.first = {DeletePod{pod.meta.name, pod.meta.uid}}};
  return show(view,
              {.why = progress.why, .told_at_once = progress.failing, .since = progress.since});
}

}  // namespace

Why explain_lingering(const View& view) {
  return {Reason::PodTerminating,
          "pod " + view.pod->meta.name + " does not go away; look at its node"};
}

bool has_lasted(const View& view, Time since) {
  return view.now >= told_from(since);
}
Time told_from(Time since) {
  return since + kTold;
}

bool template_changed(const View& view) {
  const auto& tmpl = view.observed.template_;
  if (tmpl.state != TemplateState::Usable) return false;
  return !view.was.template_ || view.was.template_->revision != tmpl.revision->id.revision;
}

bool needs_claim(const View& view) {
  return view.policy.storage && view.claim == nullptr && view.session.spec.existing_claim.empty();
}

bool lacks_claim(const View& view) {
  return needs_claim(view) || may_take_over(view);
}

bool volume_is_ready(const View& view) {
  return !view.policy.storage ||
         (view.claim_is_ours && view.claim->phase == api::ClaimPhase::Bound);
}

Action next_creation(const View& view) {
  if (needs_claim(view)) {
    return CreateClaim{build_claim(view.session, view.policy, view.observed.child_name)};
  }
  if (may_take_over(view)) {
    const auto& claim = *view.claim;
    return UpdateClaim{claim.meta.name, claim.meta.resource_version,
                       hand_over(claim, view.session, view.policy)};
  }
  return CreatePod{build_pod(view.session, *view.observed.template_.revision, view.policy,
                             view.observed.child_name)};
}

std::optional<Obstacle> refusal_of(const View& view) {
  const auto& refusal = view.observed.refusal;
  const auto step = needs_claim(view) ? Step::CreateClaim : Step::CreatePod;
  if (!refusal || refusal->step != step) return std::nullopt;
  // It was said of a pod that would not be made like that any more.
  const bool outdated = step == Step::CreatePod && !refusal->revision.empty() &&
                        refusal->revision != view.observed.template_.revision->id.revision;
  if (outdated) return std::nullopt;
  auto why = explain_refusal(*refusal, view.observed.child_name);
  const bool person = why.reason == Reason::InvalidTemplate || why.reason == Reason::Refused ||
                      why.reason == Reason::VolumeConflict || why.reason == Reason::PodConflict;
  // S37: in a namespace that is going nothing is tried again.
  const bool is_final = why.reason == Reason::NamespaceTerminating;
  return Obstacle{.why = std::move(why), .needs_person = person, .is_final = is_final};
}

std::optional<Obstacle> obstacle_to_start(const View& view) {
  const auto& tmpl = view.observed.template_;
  const auto name = "SessionTemplate " + view.session.spec.template_name;
  if (tmpl.state == TemplateState::Pending) {
    const auto since =
        view.start_began() ? view.start_began() : view.session.meta.creation_timestamp;
    return Obstacle{
        .why = {Reason::TemplatePending, "the revision of " + name + " is being stored"},
        .told_at_once = false,
        .since = since.value_or(truncate(view.now))};
  }
  if (!tmpl.revision && tmpl.state == TemplateState::Invalid) {
    return Obstacle{.why = {Reason::InvalidTemplate, one_line(name + ": " + tmpl.problem)},
                    .needs_person = true};
  }
  if (!tmpl.revision) {
    return Obstacle{.why = {Reason::TemplateNotFound, name + " does not exist in namespace " +
                                                          view.session.meta.namespace_ +
                                                          "; apply it"}};
  }
  if (auto problem = check_session(view.session.spec, *tmpl.revision->spec)) {
    return Obstacle{.why = {Reason::InvalidSession, one_line(*problem)}, .needs_person = true};
  }
  if (auto problem = check_volume_fits(*tmpl.revision->spec, view.policy)) {
    return Obstacle{.why = {Reason::InvalidTemplate, one_line(name + ": " + *problem)},
                    .needs_person = true};
  }
  if (view.policy.storage && view.claim_is_ours && view.claim->meta.deletion_timestamp) {
    return Obstacle{.why = {Reason::VolumeTerminating,
                            "claim " + view.observed.claim_name + " is being deleted"}};
  }
  if (auto problem = existing_claim_problem(view)) {
    const bool person = problem->reason == Reason::VolumeConflict;
    return Obstacle{.why = std::move(*problem), .needs_person = person};
  }
  return std::nullopt;
}

std::optional<Verdict> volume_loss(const View& view) {
  if (!view.policy.storage) return std::nullopt;
  const auto stuck = [&](Why why) {
    return fail(view, {.why = why, .counts = false, .stalled = why});
  };
  // A claim that is to be taken over is judged as an obstacle until it is on record.
  const bool named = !view.session.spec.existing_claim.empty();
  if (named && !view.was.volume) return std::nullopt;
  if (view.claim != nullptr && !view.claim_is_ours) {
    return stuck(
        {Reason::VolumeConflict, "claim " + view.observed.claim_name +
                                     " was not made for this session; remove or rename it"});
  }
  const auto& record = view.was.volume;
  if (!record) return std::nullopt;
  const Why gone{Reason::VolumeLost,
                 "claim " + record->claim_name +
                     " with this session's data is gone; restore it or delete the session"};
  if (view.claim == nullptr || view.claim->meta.uid != record->claim_uid) return stuck(gone);
  if (view.claim->phase != api::ClaimPhase::Lost) return std::nullopt;
  return stuck({Reason::VolumeLost, "the volume behind claim " + record->claim_name +
                                        " is gone; restore it or delete the session"});
}

std::optional<Verdict> starting(const View& view) {
  if (old_pod_in_the_way(view)) return clear_the_way(view);
  if (view.was.state) {
    if (auto loss = volume_loss(view)) return loss;
  }
  // A pod that waits for a claim nobody has made is helped by the claim.
  if (view.pod != nullptr && !lacks_claim(view)) return watch_pod(view);
  if (!view.strays.empty()) return Verdict{};  // I1: no pod is made beside another
  if (const auto obstacle = obstacle_to_start(view)) return show(view, *obstacle);
  return create_next(view);
}

}  // namespace sojourn::domain
