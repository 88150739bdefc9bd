#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/fake/api_server/kinds.h"

namespace sojourn::fake {

struct ObjectId {
  std::string plural;
  std::string namespace_;
  std::string name;
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

ObjectId id_of(const Kind& kind, const nlohmann::json& object);

// One step in the life of the store. `before` is null for a new object; `after` of a deletion is
// the last state under the version of the deletion.
struct Change {
  enum class Type { Added, Modified, Deleted };
  std::uint64_t version = 0;
  Type type = Type::Added;
  ObjectId id;
  nlohmann::json before;
  nlohmann::json after;
};

// The objects with one version counter for all of them, and every change since the last compaction:
// what etcd is to the API server. Not thread-safe. A value: a copy is a backup.
class ObjectStore {
 public:
  using Objects = std::map<ObjectId, nlohmann::json>;

  // Null when there is none. Valid until the next change.
  const nlohmann::json* find(const ObjectId& id) const;
  const Objects& objects() const { return objects_; }
  // The objects as they were at `version`, which must not be older than oldest().
  Objects at(std::uint64_t version) const;

  // Writes an object under the next version, which is put into its metadata.
  const nlohmann::json& put(const ObjectId& id, nlohmann::json object);
  // Takes it out; returns its last state, under the version of the deletion.
  nlohmann::json remove(const ObjectId& id);

  // The version of the last change.
  std::uint64_t version() const { return version_; }
  // The oldest version from which history is whole.
  std::uint64_t oldest() const { return oldest_; }
  // All changes after oldest(), in order: one for each version.
  const std::deque<Change>& history() const { return history_; }
  // Where the changes after `version`, which must not be older than oldest(), begin.
  std::deque<Change>::const_iterator after(std::uint64_t version) const {
    const auto passed = std::min<std::uint64_t>(version - oldest_, history_.size());
    return history_.begin() + static_cast<std::ptrdiff_t>(passed);
  }
  // Forgets the history up to now, or all but that many of its last changes.
  void compact(std::size_t kept = 0);

 private:
  Objects objects_;
  std::deque<Change> history_;
  // Not 1, so that nobody takes a version for a count.
  std::uint64_t version_ = 1000;
  std::uint64_t oldest_ = 1000;
};

}  // namespace sojourn::fake
