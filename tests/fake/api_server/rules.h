#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fake/api_server/answers.h"

namespace sojourn::fake {

// The CEL rules (x-kubernetes-validations) of our own CRDs, without a CEL engine: immutability
// (`self == oldSelf`), no adding and removing (`has(self.x) == has(oldSelf.x)`), the legal pairs of
// status.state and of the other rules those that bear on what an operator sees. A rule in another
// form is not enforced; a test of the fake holds the list of those.
bool is_enforced(std::string_view rule);

// Reports the broken rules of a value that has the schema's structure. `old`: what it replaces, or
// null; a rule that looks at oldSelf holds without one.
void check_rules(const nlohmann::json& schema, const nlohmann::json& value,
                 const nlohmann::json* old, const std::string& path,
                 std::vector<FieldError>& errors);

}  // namespace sojourn::fake
