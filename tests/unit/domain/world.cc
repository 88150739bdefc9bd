#include "tests/unit/domain/world.h"

#include <algorithm>
#include <utility>

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_health.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/quantity.h"
#include "sojourn/domain/retention.h"
#include "sojourn/domain/session_check.h"
#include "sojourn/domain/state.h"
#include "tests/unit/domain/metadata_patch.h"

namespace sojourn::domain::test {

using api::SessionState;

World::World() : now(Time{std::chrono::seconds(1'767'225'600)}) {
  session.meta = {.name = "chat",
                  .namespace_ = "team",
                  .uid = "session-uid",
                  .resource_version = "1",
                  .generation = 1,
                  .labels = {},
                  .annotations = {},
                  .owner_references = {},
                  .creation_timestamp = now - std::chrono::hours(1),
                  .deletion_timestamp = {}};
  session.spec.template_name = "claude";
  auto spec = std::make_shared<api::SessionTemplateSpec>();
  api::AgentSpec agent;
  agent.container.name = "agent";
  agent.container.image = "docker.io/library/agent:1";
  spec->agents.push_back(agent);
  template_ = {TemplateState::Usable, "", Revision{{"claude", 1, "claude-aaaa"}, spec}};
}

namespace {

// A copy is made only of what has changed since the last one: millions of worlds are visited.
template <typename Object>
const std::shared_ptr<const Object>& copy_of(std::shared_ptr<const Object>& last,
                                             const Object& now) {
  if (!last || *last != now) last = std::make_shared<const Object>(now);
  return last;
}

}  // namespace

Observed World::observe() const {
  Observed seen;
  seen.session = copy_of(seen_session_, session);
  seen.child_name = child_name();
  seen.claim_name = claim_name();
  if (claim) {
    const auto first = first_holder_of(*claim);
    seen.claim_is_genuine =
        first.uid == (claim->meta.name == child_name() ? "session-uid" : "left-uid");
  }
  seen.template_ = template_;
  seen_pods_.resize(pods.size());
  for (std::size_t i = 0; i < pods.size(); ++i) copy_of(seen_pods_[i], pods[i]);
  seen.pods = seen_pods_;
  if (claim) seen.claim = copy_of(seen_claim_, *claim);
  seen.refusal = refusal;
  seen.refused_growth = refused_growth;
  seen.clock = clock;
  seen.clock_retry_at = clock_retry_at;
  seen.pod_confirmed_gone = pod_confirmed_gone;
  seen.claim_confirmed_gone = claim_confirmed_gone;
  return seen;
}

Policy World::policy() const {
  const auto& revision = template_.revision;
  return resolve_policy(session.spec, revision ? revision->spec.get() : nullptr, "");
}

bool World::apply(const Plan& plan, const Observed& decided_on) {
  for (const auto& action : plan.actions) {
    if (!std::visit([&](const auto& one) { return carry_out(one, decided_on); }, action))
      return false;
  }
  return true;
}

void World::check_fit(const Observed& decided_on, std::string_view what) {
  const auto& revision = decided_on.template_.revision;
  if (revision && check_session(decided_on.session->spec, *revision->spec))
    violate(std::string(what) + " is made for a session that does not fit its template");
}

bool World::carry_out(const CreateClaim& action, const Observed& decided_on) {
  ++writes;
  check_fit(decided_on, "a claim");
  if (session.meta.deletion_timestamp) violate("T10: a claim is made for a session being deleted");
  if (!session.spec.existing_claim.empty()) violate("a claim is made beside the one that is named");
  if (session.status.volume) violate("I2: a second claim is made beside the recorded one");
  if (claim) return false;  // AlreadyExists
  claim = action.claim;
  claim->meta.uid = "claim-" + std::to_string(next_uid_++);
  claim->meta.resource_version = std::to_string(next_uid_++);
  claim->meta.creation_timestamp = now;
  refusal.reset();
  return true;
}

bool World::carry_out(const CreatePod& action, const Observed& decided_on) {
  ++writes;
  check_fit(decided_on, "a pod");
  if (session.meta.deletion_timestamp) violate("T10: a pod is made for a session being deleted");
  const bool exists = std::ranges::any_of(
      pods, [&](const auto& pod) { return pod.meta.name == action.pod.meta.name; });
  if (exists) return false;
  if (claim && claim->meta.deletion_timestamp && policy().storage) {
    violate("a pod is made on a claim being deleted");
  }
  if (policy().storage && !session.status.volume)
    violate("a pod is made before its claim is recorded");
  if (policy().storage && (!claim || !is_claim_of(*claim, session)))
    violate("a pod is made for a claim that the session does not hold");
  auto pod = action.pod;
  pod.meta.uid = "pod-" + std::to_string(next_uid_++);
  pod.meta.creation_timestamp = now;
  made_last_ = pod.meta.uid;
  pods.push_back(std::move(pod));
  refusal.reset();
  return true;
}

bool World::carry_out(const DeletePod& action, const Observed& decided_on) {
  ++writes;
  const auto found =
      std::ranges::find_if(pods, [&](const auto& pod) { return pod.meta.uid == action.uid; });
  if (found == pods.end()) return true;
  const bool ours = found->meta.name == child_name();
  const bool awake =
      session.status.state == SessionState::Ready || session.status.state == SessionState::Busy;
  if (ours && awake)
    violate("T2: the pod of an awake session is deleted before IDLE or ERROR is written");
  const bool starts = session.spec.desired_state == api::DesiredState::Running &&
                      !session.status.outcome && session.status.state != SessionState::Error;
  if (starts && action.uid == made_last_ && found->status == api::PodStatus{} &&
      template_of(*found) == decided_on.template_.revision->id)
    violate("T10: the pod of the start under way is deleted");
  found->meta.deletion_timestamp = now + std::chrono::seconds(30);
  return true;
}

bool World::carry_out(const DeleteClaim& action, const Observed&) {
  ++writes;
  if (policy().when_expired != api::RetentionPolicy::Delete)
    violate("I3: a retained claim is deleted");
  if (session.status.outcome == std::nullopt)
    violate("I3: a claim is deleted under a living session");
  if (!claim || claim->meta.uid != action.uid ||
      claim->meta.resource_version != action.resource_version)
    return false;
  if (!is_claim_of(*claim, session)) violate("I4: a foreign claim is deleted");
  claim.reset();
  return true;
}

bool World::carry_out(const UpdateClaim& action, const Observed&) {
  ++writes;
  if (!claim || claim->meta.resource_version != action.resource_version) return false;
  const bool takes_over = claim->meta.name == session.spec.existing_claim && is_released(*claim);
  if (!is_claim_of(*claim, session) && !takes_over) violate("I4: a foreign claim is patched");
  if (takes_over && released_since(session.status)) violate("a session that is over takes a claim");
  const bool was_released = is_released(*claim);
  change(claim->meta, action.changes);
  if (is_released(*claim) && !released_since(session.status))
    violate("I3: the claim of a living session is released");
  if (is_released(*claim) && !was_released && !pods.empty())
    violate("I3: a claim is released beside a pod");
  claim->meta.resource_version = std::to_string(next_uid_++);
  return true;
}

void World::check_growth(const GrowClaim& action, const Observed& decided_on) {
  const auto& asker = *decided_on.session;
  if (!is_claim_of(*claim, session)) violate("I4: a foreign claim is asked to grow");
  if (asker.meta.deletion_timestamp) violate("a claim grows for a session being deleted");
  if (released_since(asker.status)) violate("a claim grows that its session has left");
  if (claim->phase != api::ClaimPhase::Bound || claim->meta.deletion_timestamp)
    violate("a claim is asked to grow that cannot: it is not bound, or going");
  if (!asker.spec.storage || asker.spec.storage->size != action.size)
    violate("a claim is asked for a size that its session does not ask for");
  if (parse_milli_quantity(action.size) <= parse_milli_quantity(claim->requested_size))
    violate("a claim is asked to shrink, or for the same size twice");
  const auto& refused = decided_on.refused_growth;
  if (refused && refused->size == action.size && now < refused->retry_at)
    violate("a refused size is asked for again too soon");
}

bool World::carry_out(const GrowClaim& action, const Observed& decided_on) {
  ++writes;
  if (!claim || claim->meta.resource_version != action.resource_version) return false;
  check_growth(action, decided_on);
  if (!class_expands) {
    const auto wait = std::chrono::minutes(5 << std::min(growths_refused_++, 6));
    refused_growth = RefusedGrowth{action.size, "the class does not grow", now + wait};
    return true;
  }
  refused_growth.reset();
  claim->requested_size = action.size;
  claim->meta.resource_version = std::to_string(next_uid_++);
  return true;
}

bool World::carry_out(const DeleteSession& action, const Observed&) {
  ++writes;
  if (session.meta.resource_version != action.resource_version) return false;
  const auto& status = session.status;
  const auto wait = session.spec.ttl.delete_after_finished_seconds;
  if (!status.outcome || !status.finish_time || !wait ||
      now < *status.finish_time + std::chrono::seconds(*wait))
    violate("a session is deleted before its time");
  if (clock != ClockCheck::Agrees)
    violate("S21: a clock that was not asked about deletes a session");
  session.meta.deletion_timestamp = now;
  return true;
}

bool World::carry_out(const WriteStatus& action, const Observed& decided_on) {
  ++writes;
  if (decided_on.session->meta.resource_version != session.meta.resource_version) return false;
  check_hop(action.status);
  session.status = action.status;
  session.meta.resource_version = std::to_string(next_uid_++);
  return true;
}

bool World::carry_out(const ConfirmPodGone& action, const Observed&) {
  const bool there = std::ranges::any_of(pods, [&](const auto& pod) {
    return pod.meta.uid == action.uid && !pod.meta.deletion_timestamp;
  });
  if (!there) pod_confirmed_gone = action.uid;
  return true;
}

bool World::carry_out(const ConfirmTime&, const Observed&) {
  const bool differs = clock_differs_until && now < *clock_differs_until;
  clock = differs ? ClockCheck::Differs : ClockCheck::Agrees;
  clock_retry_at = differs ? std::optional(now + std::chrono::seconds(30)) : std::nullopt;
  return true;
}

bool World::carry_out(const ConfirmClaimGone& action, const Observed&) {
  if (!claim || claim->meta.uid != action.uid) claim_confirmed_gone = action.uid;
  return true;
}

void World::check_hop(const api::SessionStatus& next) {
  const auto& was = session.status;
  if (!next.state) return violate("a status without a state is written");
  if (was.state && was.state != next.state && !is_legal(*was.state, *next.state)) {
    violate("I5: " + std::string(to_string(*was.state)) + " -> " +
            std::string(to_string(*next.state)));
  }
  if (!was.state && next.state != SessionState::Init)
    violate("a new session does not begin in INIT");
  if (next.observed_generation < was.observed_generation)
    violate("I6: observedGeneration decreases");
  if (next.observed_generation > session.meta.generation)
    violate("I6: observedGeneration exceeds generation");
  const bool runs_again =
      !next.outcome && next.last_handled_run_token != was.last_handled_run_token &&
      (was.outcome == api::Outcome::Completed || was.outcome == api::Outcome::Failed ||
       was.outcome == api::Outcome::Timeout);
  const bool by_clock =
      next.outcome == api::Outcome::Timeout || next.outcome == api::Outcome::Expired;
  if (!was.outcome && by_clock && clock != ClockCheck::Agrees &&
      api::find_condition(was.conditions, "Expired") == nullptr)
    violate("S21: a clock that was not asked about ends a session");
  if (was.outcome && next.outcome != was.outcome && !runs_again) violate("an outcome is changed");
  if (next.conditions.size() > 16) violate("S44: too many conditions");
  if (next.state == SessionState::Ready && was.state != SessionState::Ready) {
    const auto found =
        std::ranges::find_if(pods, [&](const auto& pod) { return pod.meta.name == child_name(); });
    const bool finished_task = found != pods.end() &&
                               found->status.phase == api::PodPhase::Succeeded &&
                               session.spec.mode == api::SessionMode::Task;
    if (found == pods.end() || (!is_usable(*found) && !finished_task))
      violate("T1: READY without a Ready pod");
    else if (!next.pod || next.pod->uid != found->meta.uid)
      violate("T1: READY does not name its pod");
  }
  if (next.state == SessionState::Init && was.state == SessionState::Error && !pods.empty()) {
    violate("T10: a start begins while a pod exists");
  }
}

bool World::move(Surroundings surroundings) {
  bool changed = false;
  const auto goes = [](const api::Pod& pod) { return pod.meta.deletion_timestamp.has_value(); };
  changed = std::erase_if(pods, goes) > 0;
  if (claim && claim->meta.deletion_timestamp && pods.empty()) {
    claim.reset();
    changed = true;
  }
  if (surroundings == Surroundings::Frozen) return changed;
  if (claim && claim->phase == api::ClaimPhase::Pending) {
    claim->phase = api::ClaimPhase::Bound;
    claim->volume_name = "pv";
    changed = true;
  }
  if (claim && claim->phase == api::ClaimPhase::Bound && claim->capacity != claim->requested_size) {
    claim->capacity = claim->requested_size;
    changed = true;
  }
  for (auto& pod : pods) {
    const bool open =
        pod.status.phase == api::PodPhase::Pending || pod.status.phase == api::PodPhase::Running;
    if (open && !is_usable(pod)) {
      make_ready(pod);
      changed = true;
    }
  }
  return changed;
}

void World::edited() {
  ++session.meta.generation;
  session.meta.resource_version = std::to_string(next_uid_++);
}

void World::pass_until(Time later) {
  now = later;
  if (!clock_retry_at || *clock_retry_at <= now) {
    clock = ClockCheck::Unknown;
    clock_retry_at.reset();
  }
}

void World::forget() {
  clock = ClockCheck::Unknown;
  clock_retry_at.reset();
  refusal.reset();
  refused_growth.reset();
  pod_confirmed_gone.clear();
  claim_confirmed_gone.clear();
}

void World::check_invariants() {
  int open = 0;
  for (const auto& pod : pods) {
    if (pod.meta.name == child_name() && pod.status.phase != api::PodPhase::Failed &&
        pod.status.phase != api::PodPhase::Succeeded) {
      ++open;
    }
  }
  if (open > 1) violate("I1: two pods");
}

api::Pod World::make_pod(std::string name, std::string uid) const {
  api::Pod pod;
  pod.meta.name = std::move(name);
  pod.meta.namespace_ = "team";
  pod.meta.uid = std::move(uid);
  pod.meta.creation_timestamp = now - std::chrono::minutes(10);
  pod.meta.owner_references = {owner_reference(session, true)};
  pod.meta.labels = {{std::string(kTemplateLabel), "claude"}};
  pod.meta.annotations = {{std::string(kRevisionAnnotation), "claude-aaaa"},
                          {std::string(kGenerationAnnotation), "1"}};
  return pod;
}

void World::make_ready(api::Pod& pod) {
  pod.spec.node_name = "node";
  pod.status.phase = api::PodPhase::Running;
  pod.status.conditions = {{"Ready", api::ConditionStatus::True, "", "", {}, 0}};
  if (pod.status.containers.empty())
    pod.status.containers = {{"agent", 0, true, "", "", {}, {}, {}}};
  pod.status.containers.front().waiting_reason.clear();
}

api::PersistentVolumeClaim World::make_claim() const {
  api::PersistentVolumeClaim made;
  made.requested_size = "1Gi";
  made.meta = {.name = claim_name(),
               .namespace_ = "team",
               .uid = "claim-uid",
               .resource_version = "7",
               .generation = 0,
               .labels = {{std::string(kSessionLabel), "chat"},
                          {std::string(kSessionUidLabel), "session-uid"}},
               .annotations = {},
               .owner_references = {},
               .creation_timestamp = now - std::chrono::minutes(10),
               .deletion_timestamp = {}};
  return made;
}

}  // namespace sojourn::domain::test
