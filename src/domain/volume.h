#pragma once

#include <optional>
#include <string>

#include "domain/view.h"

namespace sojourn::domain {

// What the condition VolumeReady says.
struct VolumeVerdict {
  api::ConditionStatus status;
  Why why;
};

VolumeVerdict judge_volume(const View& view);
// The Session has nothing more to do with the claim.
bool is_over(Reason reason);

// What keeps the Session from the claim it names in storage.existingClaim; nothing when it holds
// it, may take it over, or names none.
std::optional<Why> existing_claim_problem(const View& view);
// The claim named there is free to be taken over.
bool may_take_over(const View& view);
// The end of the claim is what storage.retention asks for: nobody is told that it is lost.
bool volume_was_to_go(const View& view);

// The size that the Session asks for and its claim does not; nothing when the claim need or may
// not grow.
std::optional<std::string> wanted_growth(const View& view);
// The API server's "no" to that size, while it is asked for; else null.
const RefusedGrowth* refused_growth(const View& view);
std::optional<Why> explain_refused_growth(const View& view);

// The record of a claim that is ours, as it belongs to `next`. A recorded claim stays recorded when
// it is lost.
std::optional<api::VolumeRecord> record_volume(const View& view, const api::SessionStatus& next);

}  // namespace sojourn::domain
