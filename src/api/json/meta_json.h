#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "api/json/object_view.h"
#include "api/kept_keys.h"
#include "sojourn/api/condition.h"
#include "sojourn/api/meta.h"

namespace sojourn::api {

// Reads `metadata` of `root`.
ObjectMeta read_meta(const ObjectView& root, KeptKeys keys);
// metadata for a write: without what only the API server sets, but with the resourceVersion, which
// a PUT needs.
nlohmann::json write_meta(const ObjectMeta& meta);
// {"apiVersion", "kind", "metadata"}, to be completed.
nlohmann::json begin_object(const char* api_version, const char* kind, const ObjectMeta& meta);

// Reads the list `conditions` of a status.
std::vector<Condition> read_conditions(const ObjectView& status);
nlohmann::json write_conditions(const std::vector<Condition>& conditions);

}  // namespace sojourn::api
