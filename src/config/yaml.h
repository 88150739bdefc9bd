#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/result.h"

namespace sojourn::config {

struct YamlMember;

// One node of a YAML document. Scalars keep their text: what they mean is decided where they are
// read, by Kubernetes' rules.
struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  int line = 0;                     // from 1
  std::string scalar;               // Scalar
  bool quoted = false;              // Scalar
  std::vector<YamlNode> items;      // Sequence
  std::vector<YamlMember> members;  // Map, in the order of the document

  // The member of a Map; null when there is none, its value is null or this is no Map.
  const YamlNode* find(std::string_view key) const;
  // A plain scalar by YAML 1.1, as Kubernetes reads it: true, yes, on, y and their opposites.
  std::optional<bool> as_bool() const;
};

struct YamlMember {
  std::string key;
  YamlNode value;
};

// Limits on what is read: more is refused.
inline constexpr std::size_t kMaxYamlBytes = 1024 * 1024;
inline constexpr std::size_t kMaxYamlNodes = 50'000;
inline constexpr std::size_t kMaxYamlDepth = 64;

// Reads one document. Configuration, with the line, for broken YAML, a second document, anchors,
// aliases and merge keys, duplicate keys, keys that are not scalars, tags and anything over a
// limit. `name` is what messages call the text.
Result<YamlNode> parse_yaml(const std::string& text, const std::string& name);
Result<YamlNode> load_yaml(const std::string& path);

}  // namespace sojourn::config
