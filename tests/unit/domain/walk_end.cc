#include "tests/unit/domain/walk_end.h"

#include <algorithm>

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_health.h"
#include "sojourn/domain/quantity.h"
#include "sojourn/domain/retention.h"
#include "sojourn/domain/session_check.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::Outcome;
using api::SessionState;

const api::Condition* find(const World& world, std::string_view type) {
  return api::find_condition(world.session.status.conditions, type);
}
bool has(const World& world, std::string_view type) {
  const auto* found = find(world, type);
  return found != nullptr && found->status == api::ConditionStatus::True;
}
std::string_view reason_of(const World& world, std::string_view type) {
  const auto* found = find(world, type);
  return found == nullptr ? std::string_view() : std::string_view(found->reason);
}

bool is_awake(const World& world) {
  const auto& state = world.session.status.state;
  return state == SessionState::Ready || state == SessionState::Busy;
}

bool is_whole(const World& world) {
  const auto& session = world.session;
  if (!session.spec.storage) return true;
  const auto& record = session.status.volume;
  if (!world.claim) return !record && session.spec.existing_claim.empty();
  const auto& claim = *world.claim;
  if (claim.phase == api::ClaimPhase::Lost || claim.meta.deletion_timestamp) return false;
  if (record && record->claim_uid != claim.meta.uid) return false;
  const bool is_free = !session.spec.existing_claim.empty() && is_released(claim);
  return is_claim_of(claim, session) || is_free;
}

bool fits(const World& world) {
  const auto& revision = world.template_.revision;
  return !revision || !check_session(world.session.spec, *revision->spec);
}

std::string judge_outcome(const World& world, const Beginning& beginning) {
  const auto& status = world.session.status;
  const bool finished_pod = std::ranges::any_of(world.pods, [](const auto& pod) {
    return pod.status.phase == api::PodPhase::Failed ||
           pod.status.phase == api::PodPhase::Succeeded;
  });
  const bool may_run_again = status.outcome == Outcome::Completed ||
                             status.outcome == Outcome::Failed ||
                             status.outcome == Outcome::Timeout;
  const bool cancelled = world.session.spec.desired_state == DesiredState::Cancelled;
  const bool ran_again = status.finish_time != beginning.finished;
  if (world.session.spec.ttl.delete_after_finished_seconds)
    return "finished long ago, and not deleted";
  if (status.outcome == Outcome::Expired && !world.pods.empty()) return "expired with a pod";
  if (world.session.spec.pod_retention_seconds && finished_pod)
    return "a finished pod is kept past its time";
  if (beginning.runs_again && !ran_again && may_run_again && !cancelled && !has(world, "Expired"))
    return "did not run again";
  return world.pods.size() > (finished_pod ? 1 : 0) || is_awake(world)
             ? "a pod runs although there is an outcome"
             : "";
}

// storage.retention, of a Session that is over for good.
std::string judge_retention(const World& world) {
  const bool ours = world.claim && is_claim_of(*world.claim, world.session);
  if (!ours || world.claim->meta.deletion_timestamp || !released_since(world.session.status))
    return "";
  const auto policy = world.policy();
  const bool goes = policy.when_expired == api::RetentionPolicy::Delete &&
                    world.session.status.outcome != Outcome::Cancelled;
  if (goes) return "the claim is kept against storage.retention.whenExpired";
  if (!is_released(*world.claim)) return "the claim is not marked as left";
  const auto keeps = policy.retain_for.value_or(std::chrono::seconds(0)).count() > 0;
  return keeps == retained_until(*world.claim).has_value() ? "" : "the claim is kept otherwise";
}

std::string judge_growth(const World& world) {
  const bool told = reason_of(world, "Degraded") == "ResizeRefused";
  const auto& storage = world.session.spec.storage;
  const bool can = storage && storage->size && world.claim &&
                   is_claim_of(*world.claim, world.session) &&
                   world.claim->phase == api::ClaimPhase::Bound &&
                   !world.claim->meta.deletion_timestamp && !released_since(world.session.status);
  const bool wants = can && parse_milli_quantity(*storage->size) >
                                parse_milli_quantity(world.claim->requested_size);
  if (wants && world.class_expands) return "the volume has not grown";
  if (wants && !told) return "nobody is told that the volume cannot grow";
  return told && !wants ? "told that the volume cannot grow, which nobody asks for" : "";
}

// Wanted running, and not awake.
std::string judge_hindrance(const World& world, const Beginning& beginning) {
  if (!has(world, "Stalled")) return "neither awake nor Stalled";
  const bool usable =
      world.template_.revision.has_value() && world.template_.state != TemplateState::Pending;
  const bool exhausted = world.session.status.attempts > world.policy().retry_limit;
  if (!usable || !beginning.storage_whole || exhausted) return "";
  if (fits(world)) return "Stalled without a cause";
  const bool waits_for_fit = world.pods.empty();
  return !waits_for_fit || reason_of(world, "Stalled") == "InvalidSession"
             ? ""
             : "does not fit its template, and says " + std::string(reason_of(world, "Stalled"));
}

std::string judge_wish(const World& world, const Beginning& beginning) {
  const auto& spec = world.session.spec;
  if (spec.desired_state == DesiredState::Cancelled) return "cancelled, and has not ended";
  const bool running = std::ranges::any_of(world.pods, [](const auto& pod) {
    return pod.status.phase == api::PodPhase::Pending || pod.status.phase == api::PodPhase::Running;
  });
  if (is_awake(world) && spec.limits.active_deadline_seconds) return "awake past its limit";
  if (has(world, "Suspended") && spec.ttl.after_idle_seconds) return "asleep past its limit";
  if (spec.desired_state != DesiredState::Running) {
    if (running || is_awake(world)) return "a pod runs although stopped";
    return has(world, "Suspended") ? "" : "not Suspended";
  }
  if (!is_awake(world)) return judge_hindrance(world, beginning);
  return has(world, "Ready") && running ? "" : "awake without pod or Ready";
}

// Neither a template that changes nor a volume that grows ends a pod that runs.
bool has_good_pod(const World& world) {
  const auto& record = world.session.status.pod;
  return is_awake(world) && record && std::ranges::any_of(world.pods, [&](const auto& pod) {
           return pod.meta.uid == record->uid && is_usable(pod) &&
                  incarnation(pod) == record->incarnation;
         });
}
bool wants_to_run_on(const api::Session& session) {
  const bool limited =
      session.spec.limits.active_deadline_seconds || session.spec.ttl.max_lifetime_seconds;
  return session.spec.desired_state == DesiredState::Running && !session.status.outcome &&
         !session.meta.deletion_timestamp && !limited;
}
bool spares_the_pod(Turn turn) {
  return turn == Turn::None || turn == Turn::PodAdded || turn == Turn::ClaimDeleted ||
         turn == Turn::TemplateTurnsStrict || turn == Turn::TemplateRelents ||
         turn == Turn::SizeRaised;
}

}  // namespace

Beginning::Beginning(const Life& life) {
  const auto& session = life.world.session;
  storage_whole = is_whole(life.world) && life.turn != Turn::ClaimDeleted;
  finished = session.status.finish_time;
  runs_again = session.status.outcome && session.spec.run_token == "2";
  keeps_its_pod = storage_whole && has_good_pod(life.world) && wants_to_run_on(session) &&
                  spares_the_pod(life.turn);
}

std::string judge_end(const World& world, const Beginning& beginning) {
  const auto& status = world.session.status;
  if (world.session.meta.deletion_timestamp) return "";
  if (!status.state) return "no state";
  if (status.observed_generation != world.session.meta.generation) return "observedGeneration lags";
  if (world.session.spec.run_token != status.last_handled_run_token)
    return "the token is not handled";
  if (beginning.keeps_its_pod && (!is_awake(world) || !status.pod || status.pod->uid != "pod-uid"))
    return "has lost a pod that was good";
  auto verdict = judge_growth(world);
  if (verdict.empty()) verdict = judge_retention(world);
  if (!verdict.empty()) return verdict;
  return status.outcome ? judge_outcome(world, beginning) : judge_wish(world, beginning);
}

}  // namespace sojourn::domain::test
