#include "domain/volume.h"

#include <string>
#include <utility>

#include "domain/text.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/quantity.h"
#include "sojourn/domain/retention.h"

namespace sojourn::domain {
namespace {

using api::ConditionStatus;
using api::SessionState;

VolumeVerdict not_ready(Why why) {
  return {ConditionStatus::False, std::move(why)};
}

VolumeVerdict judge_missing(const View& view) {
  const auto& record = view.was.volume;
  const auto* told = api::find_condition(view.was.conditions, "VolumeReady");
  if (told != nullptr && view.claim_let_go && is_over(parse_reason(told->reason)))
    return not_ready({parse_reason(told->reason), told->message});
  if (record && volume_was_to_go(view)) {
    const bool at_once = view.expired && view.policy.when_expired == api::RetentionPolicy::Delete;
    return not_ready({Reason::VolumeDeleted, std::string("deleted, as storage.retention.") +
                                                 (at_once ? "whenExpired" : "retainFor") +
                                                 " asks"});
  }
  if (record) return not_ready({Reason::VolumeLost, "claim " + record->claim_name + " is gone"});
  if (auto problem = existing_claim_problem(view)) return not_ready(std::move(*problem));
  // A pod that came up without a volume goes on without one: it is made with the next start.
  if (view.policy.storage && !view.is(SessionState::Ready))
    return not_ready({Reason::VolumePending, "the claim is not made yet"});
  return {ConditionStatus::True, {Reason::VolumeNotRequested, ""}};
}

VolumeVerdict judge_foreign(const View& view) {
  const auto& name = view.observed.claim_name;
  if (view.claim_let_go && view.observed.claim_is_genuine) {
    return not_ready({Reason::VolumeHandedOver,
                      "session " + holder_of(*view.claim).name + " goes on with claim " + name});
  }
  if (!view.policy.storage) return {ConditionStatus::True, {Reason::VolumeNotRequested, ""}};
  if (auto problem = existing_claim_problem(view)) return not_ready(std::move(*problem));
  if (may_take_over(view))
    return not_ready({Reason::VolumePending, "claim " + name + " is not taken over yet"});
  return not_ready({Reason::VolumeConflict,
                    "claim " + name + " was not made for this session; remove or rename it"});
}

}  // namespace

VolumeVerdict judge_volume(const View& view) {
  const auto& name = view.observed.claim_name;
  if (view.claim == nullptr) return judge_missing(view);
  if (!view.claim_is_ours) return judge_foreign(view);
  if (view.claim->meta.deletion_timestamp)
    return not_ready({Reason::VolumeTerminating, "claim " + name + " is being deleted"});
  switch (view.claim->phase) {
    case api::ClaimPhase::Bound:
      return {ConditionStatus::True, {Reason::VolumeBound, ""}};
    case api::ClaimPhase::Lost:
      return not_ready({Reason::VolumeLost, "the volume behind claim " + name + " is gone"});
    case api::ClaimPhase::Pending:
    case api::ClaimPhase::Unknown:
      break;
  }
  return not_ready({Reason::VolumePending, "claim " + name + " is not bound yet"});
}

bool is_over(Reason reason) {
  return reason == Reason::VolumeDeleted || reason == Reason::VolumeHandedOver;
}

std::optional<Why> existing_claim_problem(const View& view) {
  const auto& name = view.session.spec.existing_claim;
  if (name.empty() || view.claim_is_ours) return std::nullopt;
  if (view.claim == nullptr) {
    return Why{Reason::VolumeNotFound, "no session has left a claim " + name +
                                           "; look at kubectl get pvc -l sojourn.dev/retained"};
  }
  if (!view.observed.claim_is_genuine) {
    return Why{Reason::VolumeConflict, "claim " + name +
                                           " was not made by Sojourn; name one that kubectl get "
                                           "pvc -l sojourn.dev/retained shows"};
  }
  if (view.claim->meta.deletion_timestamp)
    return Why{Reason::VolumeTerminating, "claim " + name + " is being deleted"};
  if (is_released(*view.claim)) return std::nullopt;
  return Why{Reason::VolumeInUse, "session " + holder_of(*view.claim).name + " holds claim " +
                                      name + "; cancel or delete it, or wait for its end"};
}

bool may_take_over(const View& view) {
  const bool named = !view.session.spec.existing_claim.empty();
  return named && view.claim != nullptr && !view.claim_is_ours && !existing_claim_problem(view);
}

bool volume_was_to_go(const View& view) {
  if (view.expired && view.policy.when_expired == api::RetentionPolicy::Delete) return true;
  const auto& record = view.was.volume;
  return view.claim_let_go && record && record->retain_until && view.now >= *record->retain_until;
}

std::optional<std::string> wanted_growth(const View& view) {
  // A template's size is for new claims alone.
  const auto& storage = view.session.spec.storage;
  if (!storage || !storage->size || !view.claim_is_ours || view.claim_let_go) return std::nullopt;
  // The API server lets only a bound claim grow.
  const auto& claim = *view.claim;
  if (claim.meta.deletion_timestamp || claim.phase != api::ClaimPhase::Bound) return std::nullopt;
  const auto wanted = parse_milli_quantity(*storage->size);
  const auto asked = parse_milli_quantity(claim.requested_size);
  if (!wanted || !asked || *wanted <= *asked) return std::nullopt;
  return storage->size;
}

const RefusedGrowth* refused_growth(const View& view) {
  const auto& refused = view.observed.refused_growth;
  return refused && wanted_growth(view) == refused->size ? &*refused : nullptr;
}

std::optional<Why> explain_refused_growth(const View& view) {
  const auto* refused = refused_growth(view);
  if (refused == nullptr) return std::nullopt;
  return Why{Reason::ResizeRefused,
             one_line("claim " + view.observed.claim_name + " cannot grow to " + refused->size +
                      "; set spec.storage.size back to " + view.claim->requested_size +
                      ", or ask whoever runs the cluster: " + refused->message)};
}

std::optional<api::VolumeRecord> record_volume(const View& view, const api::SessionStatus& next) {
  if (!view.claim_is_ours) return view.was.volume;
  const auto& claim = *view.claim;
  if (view.was.volume && view.was.volume->claim_uid != claim.meta.uid) return view.was.volume;
  const bool goes = is_owned_by(claim, view.session);
  api::VolumeRecord record{.claim_name = claim.meta.name,
                           .claim_uid = claim.meta.uid,
                           .volume_name = claim.volume_name,
                           .capacity = claim.capacity,
                           .phase = std::string(api::to_string(claim.phase)),
                           .on_delete = std::string(api::to_string(
                               goes ? api::RetentionPolicy::Delete : api::RetentionPolicy::Retain)),
                           .retain_until = {}};
  // What the claim says counts, and before it says anything what it is about to say.
  if (is_released(claim)) {
    record.retain_until = retained_until(claim);
  } else if (const auto since = released_since(next)) {
    record.retain_until = end_of_retention(*since, view.policy, next);
  }
  return record;
}

}  // namespace sojourn::domain
