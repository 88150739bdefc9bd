#pragma once

#include <optional>

#include "domain/view.h"

namespace sojourn::domain {

// What the condition VolumeReady says.
struct VolumeVerdict {
  api::ConditionStatus status;
  Why why;
};

VolumeVerdict judge_volume(const View& view);

// The record of a claim that is ours. A recorded claim stays recorded when it is lost.
std::optional<api::VolumeRecord> record_volume(const View& view);

}  // namespace sojourn::domain
