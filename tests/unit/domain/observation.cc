#include "tests/unit/domain/observation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"
#include "tests/unit/domain/metadata_patch.h"

namespace sojourn::domain::test {

using api::DesiredState;
using api::SessionState;

Observation::Observation() {
  session_.meta.name = "chat";
  session_.meta.namespace_ = "team";
  session_.meta.uid = "session-uid";
  session_.meta.resource_version = "1";
  session_.meta.generation = 1;
  session_.meta.creation_timestamp = kNow - std::chrono::hours(1);
  session_.spec.template_name = "claude";
  seen_.child_name = kChild;
  seen_.claim_name = kChild;
  seen_.clock = ClockCheck::Agrees;
  template_is(TemplateState::Usable);
}

Observation& Observation::storage() {
  session_.spec.storage = api::StorageSpec{};
  return *this;
}
Observation& Observation::retention(api::RetentionPolicy when_expired,
                                    api::RetentionPolicy when_deleted) {
  storage();
  session_.spec.storage->retention = {when_expired, when_deleted, {}};
  return *this;
}
Observation& Observation::task() {
  session_.spec.mode = api::SessionMode::Task;
  return *this;
}
Observation& Observation::desired(DesiredState state) {
  session_.spec.desired_state = state;
  return *this;
}
Observation& Observation::lifetime(seconds most) {
  session_.spec.ttl.max_lifetime_seconds = most.count();
  return *this;
}
Observation& Observation::sleep_limit(seconds most) {
  session_.spec.ttl.after_idle_seconds = most.count();
  return *this;
}
Observation& Observation::deletion(seconds after) {
  session_.spec.ttl.delete_after_finished_seconds = after.count();
  return *this;
}
Observation& Observation::active_limit(seconds most) {
  session_.spec.limits.active_deadline_seconds = most.count();
  return *this;
}
Observation& Observation::pod_retention(seconds most) {
  session_.spec.pod_retention_seconds = static_cast<int>(most.count());
  return *this;
}
Observation& Observation::run_token(std::string token) {
  session_.spec.run_token = std::move(token);
  return *this;
}
Observation& Observation::retry_limit(int limit) {
  session_.spec.retry_policy.limit = limit;
  return *this;
}
Observation& Observation::edited() {
  ++session_.meta.generation;
  return *this;
}
Observation& Observation::deleted() {
  session_.meta.deletion_timestamp = kNow;
  return *this;
}

Observation& Observation::starting(seconds ago) {
  rewind(ago);
  for (int round = 0; round < 10 && session_.status.state != SessionState::Init; ++round) {
    carry_out(plan());
    if (claim_) claim_->phase = api::ClaimPhase::Bound;
  }
  return later(ago);
}

Observation& Observation::ready(seconds ago) {
  if (!session_.status.state) starting(ago + seconds(2));
  rewind(ago);
  return pod(ready_pod()).settle().later(ago);
}

Observation& Observation::busy() {
  ready();
  session_.status.state = SessionState::Busy;
  return *this;
}

Observation& Observation::asleep() {
  ready().desired(DesiredState::Stopped).settle();
  return no_pod().settle();
}

Observation& Observation::waking(seconds ago) {
  asleep().desired(DesiredState::Running);
  rewind(ago);
  return carry_out(plan()).later(ago);
}

Observation& Observation::lost(seconds ago) {
  ready(ago);
  rewind(ago);
  return no_pod().settle().later(ago);
}

Observation& Observation::restarted(seconds ago) {
  ready(ago);
  rewind(ago);
  auto again = restarted_pod(1);
  again.status.conditions.back().status = api::ConditionStatus::False;  // not Ready yet
  return pod(std::move(again)).settle().later(ago);
}

Observation& Observation::exhausted() {
  return retry_limit(0).lost();
}

Observation& Observation::held_up_by(const api::Pod& held) {
  starting(seconds(400)).pod(held);
  rewind(seconds(30));
  return carry_out(plan()).later(seconds(30));
}

Observation& Observation::pod(api::Pod pod) {
  pod_ = std::move(pod);
  return *this;
}
Observation& Observation::no_pod() {
  pod_.reset();
  return *this;
}
Observation& Observation::stray(std::string uid) {
  auto pod = as(ready_pod(), std::move(uid));
  pod.meta.name = "somebody-elses-choice";
  strays_.push_back(std::move(pod));
  return *this;
}

api::PersistentVolumeClaim& Observation::made_claim() {
  if (!claim_) {
    claim_.emplace();
    claim_->meta.name = kChild;
    claim_->meta.namespace_ = "team";
    claim_->meta.uid = "claim-1";
    claim_->meta.resource_version = "3";
    claim_->meta.labels = {{"sojourn.dev/session", "chat"},
                           {"sojourn.dev/session-uid", "session-uid"}};
    seen_.claim_is_genuine = true;
  }
  return *claim_;
}
Observation& Observation::claim(api::ClaimPhase phase) {
  made_claim().phase = phase;
  return *this;
}
Observation& Observation::no_claim() {
  claim_.reset();
  return *this;
}
Observation& Observation::foreign_claim() {
  made_claim().meta.labels.clear();
  seen_.claim_is_genuine = false;
  return *this;
}
Observation& Observation::claim_going() {
  made_claim().meta.deletion_timestamp = kNow;
  return *this;
}
Observation& Observation::other_claim() {
  made_claim().meta.uid = "claim-2";
  return claim(api::ClaimPhase::Bound);
}

Observation& Observation::template_is(TemplateState state, std::string problem) {
  seen_.template_ = {state, std::move(problem), std::nullopt};
  return state == TemplateState::Usable ? last_revision_known() : *this;
}
Observation& Observation::template_changed() {
  seen_.template_.revision->id = {"claude", 2, "claude-bbbb"};
  return *this;
}
Observation& Observation::last_revision_known() {
  auto spec = std::make_shared<api::SessionTemplateSpec>();
  spec->agents.emplace_back().container.name = "agent";
  spec->agents.back().container.image = "agent:1";
  seen_.template_.revision = Revision{{"claude", 1, "claude-aaaa"}, std::move(spec)};
  return *this;
}
Observation& Observation::template_mounts(std::string path) {
  auto spec = std::make_shared<api::SessionTemplateSpec>(*seen_.template_.revision->spec);
  spec->agents.back().container.volume_mounts.push_back({"cache", std::move(path), "", false});
  seen_.template_.revision->spec = std::move(spec);
  return *this;
}

Observation& Observation::template_declares(std::string parameter) {
  template_changed();
  auto spec = std::make_shared<api::SessionTemplateSpec>(*seen_.template_.revision->spec);
  spec->parameters.emplace_back().name = std::move(parameter);
  seen_.template_.revision->spec = std::move(spec);
  return *this;
}

Observation& Observation::refused(Step step, ErrorCode code, std::string message, seconds retry_in,
                                  std::string reason, std::string revision) {
  seen_.refusal = Refusal{
      step, code, std::move(reason), std::move(message), now_ + retry_in, std::move(revision)};
  return *this;
}
Observation& Observation::growth_refused(std::string size, std::string message, seconds retry_in) {
  seen_.refused_growth = RefusedGrowth{std::move(size), std::move(message), now_ + retry_in};
  return *this;
}
Observation& Observation::pruned(seconds retry_in) {
  seen_.pruned = PrunedStatus{written_by(plan()), now_ + retry_in};
  return *this;
}
Observation& Observation::confirmed_gone() {
  if (session_.status.pod) seen_.pod_confirmed_gone = session_.status.pod->uid;
  if (session_.status.volume) seen_.claim_confirmed_gone = session_.status.volume->claim_uid;
  return *this;
}

Observation& Observation::clock(ClockCheck check, std::optional<seconds> retry_in) {
  seen_.clock = check;
  seen_.clock_retry_at.reset();
  if (retry_in) seen_.clock_retry_at = now_ + *retry_in;
  return *this;
}

Observation& Observation::status_wiped() {
  session_.status = {};
  return *this;
}
Observation& Observation::later(seconds passed) {
  now_ += passed;
  return *this;
}
Observation& Observation::change(void (*apply)(api::Session&)) {
  apply(session_);
  return *this;
}

Observed Observation::observed() const {
  Observed observed = seen_;
  observed.session = std::make_shared<api::Session>(session_);
  if (pod_) observed.pods.push_back(std::make_shared<api::Pod>(*pod_));
  for (const auto& stray : strays_) observed.pods.push_back(std::make_shared<api::Pod>(stray));
  if (claim_) observed.claim = std::make_shared<api::PersistentVolumeClaim>(*claim_);
  return observed;
}

Policy Observation::policy() const {
  const auto& revision = seen_.template_.revision;
  return resolve_policy(session_.spec, revision ? revision->spec.get() : nullptr, "");
}

Plan Observation::plan() const {
  return decide(observed(), policy(), now_);
}

std::optional<Due> Observation::due() const {
  return carried_out(observed(), policy(), plan(), now_);
}

namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

// "take claim", "own claim", "disown claim", "release claim" and the like, with a comma between.
std::string words_of(const api::MetadataPatch& changes) {
  std::string words;
  const auto add = [&](std::string_view word) {
    words += (words.empty() ? "" : ", ") + std::string(word) + " claim";
  };
  const auto has = [](const auto& entries, std::string_view key, bool value) {
    const auto found = entries.find(key);
    return found != entries.end() && found->second.has_value() == value;
  };
  if (has(changes.labels, kSessionUidLabel, true)) add("take");
  if (changes.owner_references) {
    const auto owned = std::ranges::any_of(
        *changes.owner_references, [](const auto& owner) { return owner.uid == "session-uid"; });
    add(owned ? "own" : "disown");
  }
  if (changes.annotations.contains(kRetainForAnnotation)) add("limit");
  if (has(changes.annotations, kRetainedAtAnnotation, true)) add("release");
  if (has(changes.annotations, kRetainedAtAnnotation, false)) add("hold");
  return words;
}

std::string word_of(const Action& action) {
  return std::visit(
      Overloaded{[](const CreateClaim&) -> std::string { return "create claim"; },
                 [](const CreatePod&) -> std::string { return "create pod"; },
                 [](const DeletePod& one) { return "delete pod " + one.uid; },
                 [](const DeleteClaim& one) { return "delete claim " + one.uid; },
                 [](const UpdateClaim& one) { return words_of(one.changes); },
                 [](const GrowClaim& one) { return "grow claim to " + one.size; },
                 [](const DeleteSession& one) { return "delete session " + one.uid; },
                 [](const WriteStatus& one) {
                   const auto state = one.status.state.value_or(SessionState::Unknown);
                   return std::string(api::to_string(state)) + " " + one.status.reason;
                 },
                 [](const ConfirmPodGone& one) { return "confirm pod " + one.uid + " gone"; },
                 [](const ConfirmTime&) -> std::string { return "confirm time"; },
                 [](const ConfirmClaimGone& one) { return "confirm claim " + one.uid + " gone"; }},
      action);
}

const api::SessionStatus* status_of(const Plan& plan) {
  for (const auto& action : plan.actions) {
    if (const auto* write = std::get_if<WriteStatus>(&action)) return &write->status;
  }
  return nullptr;
}

void expect_row(const Row& row) {
  SCOPED_TRACE(std::string(row.when));
  const auto plan = row.given.plan();
  EXPECT_EQ(plan.check, row.check);
  EXPECT_EQ(actions_of(plan), row.actions);
  EXPECT_EQ(events_of(plan), row.events);
  const auto recheck =
      plan.recheck ? std::optional<Duration>(*plan.recheck - row.given.now()) : std::nullopt;
  EXPECT_EQ(recheck, row.recheck);
  const auto* status = status_of(plan);
  EXPECT_EQ(status == nullptr ? "" : conditions_of(*status), row.conditions);
  if (status == nullptr) return;
  auto written = row.given;
  EXPECT_EQ(actions_of(written.carry_out(plan).plan()), row.then) << "once it is written";
}

}  // namespace

Observation& Observation::carry_out(const Plan& plan) {
  const auto carry =
      Overloaded{[&](const CreateClaim& one) {
                   claim_ = one.claim;
                   seen_.claim_is_genuine = true;
                   claim_->meta.uid = "claim-1";
                   claim_->meta.resource_version = "3";
                 },
                 [&](const CreatePod& one) {
                   pod_ = one.pod;
                   pod_->meta.uid = "pod-1";
                   pod_->meta.creation_timestamp = now_;
                 },
                 [&](const DeletePod& one) {
                   if (pod_ && pod_->meta.uid == one.uid)
                     pod_->meta.deletion_timestamp = now_ + seconds(30);
                   for (auto& stray : strays_) {
                     if (stray.meta.uid == one.uid)
                       stray.meta.deletion_timestamp = now_ + seconds(30);
                   }
                 },
                 [&](const DeleteClaim&) { claim_->meta.deletion_timestamp = now_; },
                 [&](const UpdateClaim& one) { test::change(claim_->meta, one.changes); },
                 [&](const GrowClaim& one) { claim_->requested_size = one.size; },
                 [&](const DeleteSession&) { session_.meta.deletion_timestamp = now_; },
                 [&](const WriteStatus& one) { session_.status = one.status; },
                 [&](const ConfirmPodGone& one) { seen_.pod_confirmed_gone = one.uid; },
                 [&](const ConfirmTime&) { seen_.clock = ClockCheck::Agrees; },
                 [&](const ConfirmClaimGone& one) { seen_.claim_confirmed_gone = one.uid; }};
  for (const auto& action : plan.actions) std::visit(carry, action);
  return *this;
}

Observation& Observation::settle() {
  for (int round = 0; round < 10; ++round) {
    const auto next = plan();
    if (next.actions.empty()) return *this;
    carry_out(next);
  }
  ADD_FAILURE() << "does not come to rest: " << actions_of(plan()).front();
  return *this;
}

std::vector<std::string> actions_of(const Plan& plan) {
  std::vector<std::string> words;
  for (const auto& action : plan.actions) words.push_back(word_of(action));
  return words;
}

std::string conditions_of(const api::SessionStatus& status) {
  constexpr std::array<std::string_view, 5> kUsual{"Admitted/Admitted", "!Suspended/Running",
                                                   "!Expired/NotExpired", "!Finished/NotFinished",
                                                   "VolumeReady/VolumeNotRequested"};
  std::string text;
  for (const auto& condition : status.conditions) {
    const auto word = std::string(condition.status == api::ConditionStatus::True ? "" : "!") +
                      condition.type + "/" + condition.reason;
    if (std::ranges::find(kUsual, word) != kUsual.end()) continue;
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::vector<std::string> events_of(const Plan& plan) {
  std::vector<std::string> words;
  for (const auto& event : plan.events) {
    words.push_back(std::string(api::to_string(event.type)) + " " +
                    std::string(to_string(event.why.reason)));
  }
  return words;
}

api::SessionStatus written_by(const Plan& plan) {
  const auto* status = status_of(plan);
  if (status != nullptr) return *status;
  ADD_FAILURE() << "the plan of check " << plan.check << " writes no status";
  return {};
}

void expect_rows(const std::vector<Row>& rows) {
  for (const auto& row : rows) expect_row(row);
}

}  // namespace sojourn::domain::test
