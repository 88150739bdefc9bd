#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/fake/api_server/answers.h"

namespace sojourn::fake {

// A structural OpenAPI v3 schema, as a CRD has it, applied to a value. All pure.

// Drops what the schema does not name, and nulls in the place of a field with a default.
void prune(const nlohmann::json& schema, nlohmann::json& value);
// Puts in the schema's defaults for what is missing.
void fill_defaults(const nlohmann::json& schema, nlohmann::json& value);
// Reports wrong types, missing fields, and values outside their bounds. `path`: "spec.storage".
void check_structure(const nlohmann::json& schema, const nlohmann::json& value,
                     const std::string& path, std::vector<FieldError>& errors);

// The path of a member: "spec" and "mode" make "spec.mode".
std::string member_path(const std::string& path, const std::string& name);
// The schema of a member of an object, or null when it has none.
const nlohmann::json* member_schema(const nlohmann::json& schema, const std::string& name);

}  // namespace sojourn::fake
