#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json/json_tree.h"
#include "sojourn/api/meta.h"
#include "sojourn/base/clock.h"

namespace sojourn::api {

// The first thing that is wrong with a document; later ones are not kept. A reader can thus ask for
// member after member and look at the outcome once, at the end.
class Problem {
 public:
  void report(std::string_view path, std::string_view what);
  bool found() const { return !text_.empty(); }
  // "spec.ttl.maxLifetimeSeconds: expected an integer"
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Reads the members of one JSON object. A member that is missing or null reads as unset, unknown
// members are passed over, and one of a wrong type is reported to the Problem and reads as unset.
// Refers to the tree and the Problem, which must outlive it; copies are cheap.
class ObjectView {
 public:
  ObjectView(const JsonTree& tree, Problem& problem) : ObjectView(tree, problem, JsonTree::kRoot) {}

  // False for the view of a member that is missing, null or no object.
  bool present() const { return row_ != JsonTree::kNone; }
  // Reports the member as missing when it has no value.
  void require(std::string_view key) const;
  // Reports that the member is not what was expected.
  void report(std::string_view key, std::string_view what) const;

  ObjectView object(std::string_view key) const;
  std::vector<ObjectView> objects(std::string_view key) const;  // of a list

  std::string text(std::string_view key) const;  // unset: ""
  std::optional<std::string> optional_text(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  std::optional<std::vector<std::string>> optional_texts(std::string_view key) const;
  StringMap text_map(std::string_view key) const;
  // Only of the names that `wanted` answers true for.
  StringMap text_map(std::string_view key, bool (*wanted)(std::string_view name)) const;

  std::optional<int> integer(std::string_view key) const;
  std::optional<std::int64_t> long_integer(std::string_view key) const;
  std::vector<std::int64_t> long_integers(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<Time> time(std::string_view key) const;  // RFC 3339

  std::string number(std::string_view key) const;  // as it is written; unset: ""

  // Quantities come as text or as an integer; both become text.
  std::optional<std::string> quantity(std::string_view key) const;
  StringMap quantity_map(std::string_view key) const;

  // The canonical text of the member, or of the whole object: keys sorted, no white space.
  JsonText raw(std::string_view key) const;
  JsonText raw() const;

 private:
  using Row = JsonTree::Row;

  ObjectView(const JsonTree& tree, Problem& problem, Row row);
  // The value of the member, kNone for null and for none.
  Row find(std::string_view key) const;
  // Likewise, of a list; anything else is reported.
  Row find_list(std::string_view key, std::string_view expected) const;
  std::string path_of(std::string_view key) const;
  std::optional<std::int64_t> integer_between(std::string_view key, std::int64_t least,
                                              std::int64_t most) const;
  StringMap map_of(std::string_view key, bool integers_too,
                   bool (*wanted)(std::string_view name)) const;

  const JsonTree* tree_;
  Problem* problem_;
  Row row_;  // of an object, or kNone
  // Of an object that is not there: in which one it was looked for, and by what name.
  Row parent_ = JsonTree::kRoot;
  std::string_view name_ = {};
};

}  // namespace sojourn::api
