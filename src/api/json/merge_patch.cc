#include "api/json/merge_patch.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/document.h"

namespace sojourn::api {

Json merge_difference(const Json& from, Json to) {
  if (!from.is_object() || !to.is_object()) return to;
  Json patch = Json::object();
  for (const auto& [key, value] : from.items()) {
    if (!to.contains(key)) patch[key] = nullptr;
  }
  for (auto& [key, value] : to.items()) {
    const auto before = from.find(key);
    if (before == from.end()) {
      patch[key] = std::move(value);
    } else if (*before != value) {
      patch[key] = merge_difference(*before, std::move(value));
    }
  }
  return patch;
}

std::string status_patch(Json difference, std::string_view resource_version) {
  Json patch = Json::object();
  patch["metadata"]["resourceVersion"] = resource_version;
  patch["status"] = std::move(difference);
  return dump(patch);
}

}  // namespace sojourn::api
