#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace sojourn::api {

// The JSON merge patch (RFC 7396) that turns `from` into `to`: members that are gone become null,
// lists are replaced whole, what is equal is left out. Recurses, so only for what we wrote.
nlohmann::json merge_difference(const nlohmann::json& from, nlohmann::json to);

// {"metadata": {"resourceVersion"}, "status": `difference`}
std::string status_patch(nlohmann::json difference, std::string_view resource_version);

}  // namespace sojourn::api
