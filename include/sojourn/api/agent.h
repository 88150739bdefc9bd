#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sojourn/api/meta.h"

namespace sojourn::api {

// What an agent is told to work with: in a SessionTemplate for every Session, in a Session for that
// one, where the template's overrides allow it. What is unset says nothing.
struct AgentSettings {
  std::string model;
  StringMap config;
  std::optional<std::vector<std::string>> tools;  // empty, but set: none
  JsonText temperature;                           // a number
  std::optional<int> max_output_tokens;
  friend bool operator==(const AgentSettings&, const AgentSettings&) = default;
};

}  // namespace sojourn::api
