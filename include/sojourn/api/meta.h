#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/clock.h"

namespace sojourn::api {

// Labels, annotations and other small string maps.
using StringMap = std::map<std::string, std::string, std::less<>>;

// A well-formed JSON value as text: what the operator passes on without looking inside. Empty =
// unset.
struct JsonText {
  std::string text;
  bool empty() const { return text.empty(); }
  friend bool operator==(const JsonText&, const JsonText&) = default;
};

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
  friend bool operator==(const OwnerReference&, const OwnerReference&) = default;
};

// metadata of any object. managedFields and last-applied-configuration are dropped on reading.
struct ObjectMeta {
  std::string name;
  std::string namespace_;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  StringMap labels;
  StringMap annotations;
  std::vector<OwnerReference> owner_references;
  std::optional<Time> creation_timestamp;
  std::optional<Time> deletion_timestamp;
  friend bool operator==(const ObjectMeta&, const ObjectMeta&) = default;
};

// Changes of an object's metadata. Of labels and annotations each key has its new value, or nothing
// when it is to go; what is not named stays.
struct MetadataPatch {
  using Changes = std::map<std::string, std::optional<std::string>, std::less<>>;
  Changes labels;
  Changes annotations;
  std::optional<std::vector<OwnerReference>> owner_references;  // the whole list to be
  bool empty() const { return labels.empty() && annotations.empty() && !owner_references; }
  friend bool operator==(const MetadataPatch&, const MetadataPatch&) = default;
};

// The reference with controller: true, or null.
const OwnerReference* controller_of(const ObjectMeta& meta);
// The value under `key`, or "".
std::string_view lookup(const StringMap& map, std::string_view key);

}  // namespace sojourn::api
