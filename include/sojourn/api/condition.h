#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/clock.h"

namespace sojourn::api {

enum class ConditionStatus { True, False, Unknown };
std::string_view to_string(ConditionStatus status);
ConditionStatus parse_condition_status(std::string_view text);

// metav1.Condition: last_transition_time moves only when the status flips.
struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::Unknown;
  std::string reason;
  std::string message;
  std::optional<Time> last_transition_time;
  std::int64_t observed_generation = 0;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// The condition of that type, or null.
const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type);

}  // namespace sojourn::api
