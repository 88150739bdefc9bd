#include "domain/volume.h"

#include <string>

#include "sojourn/domain/claim_shape.h"

namespace sojourn::domain {

using api::ConditionStatus;
using api::SessionState;

VolumeVerdict judge_volume(const View& view) {
  const auto& name = view.observed.child_name;
  // A pod that came up without a volume goes on without one: it is made with the next start.
  const bool asked = view.policy.storage && !view.is(SessionState::Ready);
  if (view.claim == nullptr) {
    const bool goes = view.expired && view.policy.when_expired == api::RetentionPolicy::Delete;
    const auto* told = api::find_condition(view.was.conditions, "VolumeReady");
    const bool went = told != nullptr && told->reason == to_string(Reason::VolumeDeleted);
    if (goes && (view.was.volume || went)) {
      return {ConditionStatus::False,
              {Reason::VolumeDeleted, "deleted, as storage.retention.whenExpired asks"}};
    }
    if (!view.was.volume) {
      if (!asked) return {ConditionStatus::True, {Reason::VolumeNotRequested, ""}};
      return {ConditionStatus::False, {Reason::VolumePending, "the claim is not made yet"}};
    }
    return {ConditionStatus::False, {Reason::VolumeLost, "claim " + name + " is gone"}};
  }
  if (!view.claim_is_ours) {
    if (!view.policy.storage) return {ConditionStatus::True, {Reason::VolumeNotRequested, ""}};
    return {ConditionStatus::False,
            {Reason::VolumeConflict,
             "claim " + name + " was not made for this session; remove or rename it"}};
  }
  if (view.claim->meta.deletion_timestamp) {
    return {ConditionStatus::False,
            {Reason::VolumeTerminating, "claim " + name + " is being deleted"}};
  }
  switch (view.claim->phase) {
    case api::ClaimPhase::Bound:
      return {ConditionStatus::True, {Reason::VolumeBound, ""}};
    case api::ClaimPhase::Lost:
      return {ConditionStatus::False,
              {Reason::VolumeLost, "the volume behind claim " + name + " is gone"}};
    case api::ClaimPhase::Pending:
    case api::ClaimPhase::Unknown:
      break;
  }
  return {ConditionStatus::False, {Reason::VolumePending, "claim " + name + " is not bound yet"}};
}

std::optional<api::VolumeRecord> record_volume(const View& view) {
  if (!view.claim_is_ours) return view.was.volume;
  if (view.was.volume && view.was.volume->claim_uid != view.claim->meta.uid) return view.was.volume;
  const bool goes = is_owned_by(*view.claim, view.session);
  return api::VolumeRecord{
      .claim_name = view.claim->meta.name,
      .claim_uid = view.claim->meta.uid,
      .volume_name = view.claim->volume_name,
      .capacity = view.claim->capacity,
      .phase = std::string(api::to_string(view.claim->phase)),
      .on_delete = std::string(
          api::to_string(goes ? api::RetentionPolicy::Delete : api::RetentionPolicy::Retain))};
}

}  // namespace sojourn::domain
