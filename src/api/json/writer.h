#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json/object_view.h"
#include "sojourn/api/meta.h"
#include "sojourn/base/clock.h"

namespace sojourn::api {

// Each adds a member to a JSON object, or leaves it out when there is nothing to say: an empty
// text, map or list, an unset optional, false.
void put(nlohmann::json& object, const char* key, std::string_view value);
void put(nlohmann::json& object, const char* key, const std::string& value);
void put(nlohmann::json& object, const char* key, const std::optional<std::string>& value);
void put(nlohmann::json& object, const char* key, const StringMap& value);
void put(nlohmann::json& object, const char* key, const std::vector<std::string>& value);
void put(nlohmann::json& object, const char* key, const std::vector<std::int64_t>& value);
void put(nlohmann::json& object, const char* key, const std::optional<std::int64_t>& value);
void put(nlohmann::json& object, const char* key, const std::optional<bool>& value);
void put(nlohmann::json& object, const char* key, const std::optional<Time>& value);  // metav1.Time
void put_flag(nlohmann::json& object, const char* key, bool value);
// For an object or list that was put together before.
void put_json(nlohmann::json& object, const char* key, nlohmann::json value);

// Embeds a JSON text; reports to `problem`, under `path`, one that does not parse.
void put_raw(nlohmann::json& object, const char* key, const JsonText& value, std::string_view path,
             Problem& problem);

}  // namespace sojourn::api
