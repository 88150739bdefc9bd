#include "api/json/merge_patch.h"

#include <nlohmann/json.hpp>

#include "api/json/document.h"

namespace sojourn::api {

Json merge_difference(const Json& from, const Json& to) {
  Json patch = Json::object();
  for (const auto& [key, value] : from.items()) {
    if (!to.contains(key)) patch[key] = nullptr;
  }
  for (const auto& [key, value] : to.items()) {
    const auto before = from.find(key);
    const bool known = before != from.end();
    if (known && before->is_object() && value.is_object()) {
      Json inner = merge_difference(*before, value);
      if (!inner.empty()) patch[key] = std::move(inner);
    } else if (!known || *before != value) {
      patch[key] = value;
    }
  }
  return patch;
}

std::string status_patch(const Json& from, const Json& to, std::string_view resource_version) {
  return dump({{"metadata", {{"resourceVersion", resource_version}}},
               {"status", merge_difference(from, to)}});
}

}  // namespace sojourn::api
