#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/api/meta.h"

namespace sojourn::api {

enum class ClaimPhase { Pending, Bound, Lost, Unknown };
std::string_view to_string(ClaimPhase phase);
ClaimPhase parse_claim_phase(std::string_view text);

struct PersistentVolumeClaim {
  ObjectMeta meta;
  std::vector<std::string> access_modes;
  std::string requested_size;                     // spec.resources.requests.storage
  std::optional<std::string> storage_class_name;  // unset: the cluster's default class
  std::string volume_name;
  ClaimPhase phase = ClaimPhase::Pending;
  std::string capacity;  // status.capacity.storage
  friend bool operator==(const PersistentVolumeClaim&, const PersistentVolumeClaim&) = default;
};

}  // namespace sojourn::api
