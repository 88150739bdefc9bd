#include "sojourn/domain/retention.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "domain/text.h"
#include "sojourn/api/condition.h"
#include "sojourn/base/timestamp.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_shape.h"

namespace sojourn::domain {
namespace {

using std::chrono::seconds;
using Changes = api::MetadataPatch::Changes;

// A pod that its session has left behind is looked at again then: of a claim that was handed over
// nothing tells its end.
constexpr seconds kPodLingers{5};

std::optional<seconds> parse_seconds(std::string_view text) {
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  if (text.empty() || error != std::errc() || stopped != end || count < 0) return std::nullopt;
  return seconds(count);
}

std::optional<seconds> retain_for(const api::PersistentVolumeClaim& claim) {
  return parse_seconds(api::lookup(claim.meta.annotations, kRetainForAnnotation));
}

std::optional<Time> retained_at(const api::PersistentVolumeClaim& claim) {
  return parse_timestamp(api::lookup(claim.meta.annotations, kRetainedAtAnnotation));
}

// What differs from what the claim has; an empty value stands for none.
void change(Changes& changes, const api::StringMap& entries, std::string_view key,
            const std::string& value) {
  if (api::lookup(entries, key) == value && entries.contains(key) == !value.empty()) return;
  changes.emplace(key, value.empty() ? std::nullopt : std::optional(value));
}

std::string text_of(std::optional<seconds> keep) {
  return keep && keep->count() > 0 ? std::to_string(keep->count()) : "";
}

// How long it is kept from `at` on.
void set_end(api::MetadataPatch& patch, const api::PersistentVolumeClaim& claim, Time at,
             std::optional<seconds> keep) {
  const bool ends = keep && keep->count() > 0;
  change(patch.annotations, claim.meta.annotations, kRetainUntilAnnotation,
         ends ? format_timestamp(round_up(at + *keep)) : "");
}

void mark_released(api::MetadataPatch& patch, const api::PersistentVolumeClaim& claim, Time at,
                   std::optional<seconds> keep) {
  change(patch.labels, claim.meta.labels, kRetainedLabel, "true");
  change(patch.annotations, claim.meta.annotations, kRetainedAtAnnotation,
         format_timestamp(truncate(at)));
  set_end(patch, claim, at, keep);
}

void mark_held(api::MetadataPatch& patch, const api::PersistentVolumeClaim& claim) {
  change(patch.labels, claim.meta.labels, kRetainedLabel, "");
  change(patch.annotations, claim.meta.annotations, kRetainedAtAnnotation, "");
  change(patch.annotations, claim.meta.annotations, kRetainUntilAnnotation, "");
}

// storage.retention.whenDeleted is carried out by an owner reference that is there under Delete
// only.
void set_owner(api::MetadataPatch& patch, const api::PersistentVolumeClaim& claim,
               const api::Session& session, const Policy& policy) {
  if (!policy.when_deleted) return;
  const bool wanted = policy.when_deleted == api::RetentionPolicy::Delete;
  if (wanted == is_owned_by(claim, session)) return;
  auto owners = claim.meta.owner_references;
  if (wanted) {
    owners.push_back(owner_reference(session, false));
  } else {
    std::erase_if(owners, [&](const auto& owner) { return owner.uid == session.meta.uid; });
  }
  patch.owner_references = std::move(owners);
}

// The claim of a cancelled Session is kept whatever is to become of an expired one's.
bool is_to_be_deleted(const Policy& policy, const api::SessionStatus& status) {
  return status.outcome != api::Outcome::Cancelled &&
         policy.when_expired == api::RetentionPolicy::Delete;
}

}  // namespace

SessionName holder_of(const api::PersistentVolumeClaim& claim) {
  return {std::string(api::lookup(claim.meta.labels, kSessionLabel)),
          std::string(api::lookup(claim.meta.labels, kSessionUidLabel))};
}

SessionName first_holder_of(const api::PersistentVolumeClaim& claim) {
  if (!claim.meta.labels.contains(kFirstSessionUidLabel)) return holder_of(claim);
  return {std::string(api::lookup(claim.meta.labels, kFirstSessionLabel)),
          std::string(api::lookup(claim.meta.labels, kFirstSessionUidLabel))};
}

bool is_released(const api::PersistentVolumeClaim& claim) {
  return retained_at(claim).has_value();
}

std::optional<Time> retained_until(const api::PersistentVolumeClaim& claim) {
  if (!is_released(claim)) return std::nullopt;
  return parse_timestamp(api::lookup(claim.meta.annotations, kRetainUntilAnnotation));
}

std::optional<Time> released_since(const api::SessionStatus& status) {
  if (status.outcome == api::Outcome::Cancelled || status.outcome == api::Outcome::Expired)
    return status.finish_time;
  // One that had another outcome before it expired keeps that.
  const auto* expired = api::find_condition(status.conditions, "Expired");
  if (expired == nullptr || expired->status != api::ConditionStatus::True) return std::nullopt;
  return expired->last_transition_time;
}

std::optional<Time> end_of_retention(Time since, const Policy& policy,
                                     const api::SessionStatus& status) {
  const auto keep = policy.retain_for.value_or(seconds(0));
  if (keep.count() == 0 || is_to_be_deleted(policy, status)) return std::nullopt;
  return round_up(since + keep);
}

api::MetadataPatch release(const api::PersistentVolumeClaim& claim, Time at) {
  api::MetadataPatch patch;
  mark_released(patch, claim, at, retain_for(claim));
  return patch;
}

api::MetadataPatch hand_over(const api::PersistentVolumeClaim& claim, const api::Session& session,
                             const Policy& policy) {
  api::MetadataPatch patch;
  const auto first = first_holder_of(claim);
  const auto& labels = claim.meta.labels;
  change(patch.labels, labels, kFirstSessionLabel, first.name);
  change(patch.labels, labels, kFirstSessionUidLabel, first.uid);
  change(patch.labels, labels, kSessionLabel, session.meta.name);
  change(patch.labels, labels, kSessionUidLabel, session.meta.uid);
  change(patch.labels, labels, kTemplateLabel, session.spec.template_name);
  mark_held(patch, claim);
  const auto& annotations = claim.meta.annotations;
  change(patch.annotations, annotations, kCreatedByAnnotation,
         std::string(api::lookup(session.meta.annotations, kCreatedByAnnotation)));
  change(patch.annotations, annotations, kRetainForAnnotation, text_of(policy.retain_for));
  std::vector<api::OwnerReference> owners;
  if (policy.when_deleted == api::RetentionPolicy::Delete) {
    owners.push_back(owner_reference(session, false));
  }
  if (owners != claim.meta.owner_references) patch.owner_references = std::move(owners);
  return patch;
}

api::MetadataPatch keep_up(const api::PersistentVolumeClaim& claim, const api::Session& session,
                           const Policy& policy, bool may_release) {
  api::MetadataPatch patch;
  set_owner(patch, claim, session, policy);
  const auto keep = policy.retain_for ? policy.retain_for : retain_for(claim);
  change(patch.annotations, claim.meta.annotations, kRetainForAnnotation, text_of(keep));
  const bool keeps_otherwise = patch.annotations.contains(kRetainForAnnotation);
  const auto over = released_since(session.status);
  if (!over) {
    mark_held(patch, claim);  // a mark that a restored status knows nothing of
  } else if (!is_released(claim)) {
    if (may_release && !is_to_be_deleted(policy, session.status))
      mark_released(patch, claim, *over, keep);
  } else if (keeps_otherwise) {
    // Who writes another end onto the claim by hand is heard until the policy changes.
    set_end(patch, claim, *retained_at(claim), keep);
  }
  return patch;
}

ClaimPlan decide_retention(const ClaimObserved& observed, Time now) {
  using Holder = ClaimObserved::Holder;
  const auto& claim = *observed.claim;
  if (!observed.is_genuine || claim.meta.deletion_timestamp || observed.holder == Holder::Active)
    return {};
  if (!is_released(claim)) {
    // One that is over releases its claim itself, once its pod is gone.
    if (observed.holder == Holder::Over) return {};
    // Whom it has as an owner takes it along, or lets it go, which is a change of the claim.
    const auto& owners = claim.meta.owner_references;
    const auto holder = holder_of(claim).uid;
    if (std::ranges::any_of(owners, [&](const auto& owner) { return owner.uid == holder; }))
      return {};
    if (observed.holder_has_pod) return {.recheck = now + kPodLingers};
    return {.step = ClaimPlan::Step::Release};
  }
  const auto until = retained_until(claim);
  if (!until) return {};
  if (now < *until) return {.recheck = until};
  if (observed.is_asked_for || observed.holder_has_pod) return {.recheck = now + kPodLingers};
  return {.step = ClaimPlan::Step::Reap};
}

}  // namespace sojourn::domain
