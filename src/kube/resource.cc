#include "sojourn/kube/resource.h"

#include <charconv>

namespace sojourn::kube {

std::string to_string(const ObjectKey& key) {
  return key.namespace_.empty() ? key.name : key.namespace_ + "/" + key.name;
}

std::string api_version(const ResourceInfo& info) {
  std::string text(info.group);
  if (!text.empty()) text += "/";
  return text += info.version;
}

std::optional<std::uint64_t> parse_resource_version(std::string_view text) {
  std::uint64_t version = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, version);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return version;
}

}  // namespace sojourn::kube
