#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sojourn/kube/key_index.h"
#include "sojourn/kube/packed.h"
#include "sojourn/kube/resource.h"

namespace sojourn::kube {

// The objects of a Store with their indexes: what decides which of two forms of an object is kept.
// They are kept packed and unpacked for every reader. Not thread-safe: the Store's lock guards it.
template <Readable T>
class ObjectTable {
 public:
  using Indexer = std::function<std::vector<std::string>(const T& object)>;
  // {nothing, new}, {old, new} or {old, nothing}; nothing twice when nothing changed.
  struct Change {
    Packed<T> old;
    Packed<T> now;
  };

  // Only while the table is empty.
  void add_index(std::string name, Indexer indexer) {
    indexes_.emplace(std::move(name), Index{std::move(indexer), {}});
  }

  Packed<T> get(const ObjectKey& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? Packed<T>() : found->second.object;
  }
  std::vector<Packed<T>> list() const {
    std::vector<Packed<T>> all;
    all.reserve(entries_.size());
    for (const auto& [key, entry] : entries_) all.push_back(entry.object);
    return all;
  }
  std::vector<ObjectKey> keys_by_index(std::string_view index, std::string_view value) const {
    const auto at = indexes_.find(index);
    return at == indexes_.end() ? std::vector<ObjectKey>{} : at->second.keys.find(value);
  }
  std::size_t size() const { return entries_.size(); }
  // Whether the object is there in the form of `version` or a newer one.
  bool holds(const ObjectKey& key, std::uint64_t version) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && found->second.version >= version;
  }

  // Puts `object` in unless what is there is as new.
  Change put(const T& object, std::uint64_t version) {
    const ObjectKey key = key_of(object.meta);
    Entry& entry = entries_[key];
    if (entry.object && entry.version >= version) return {};
    Change change{std::move(entry.object), Packed<T>(object)};
    entry = {change.now, version};
    reindex(key, change.old.unpack().get(), &object);
    return change;
  }

  // Takes the object out unless what is there is newer than its deletion at `version`.
  Change erase(const ObjectKey& key, std::uint64_t version) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.version > version) return {};
    Change change{std::move(found->second.object), {}};
    entries_.erase(found);
    reindex(key, change.old.unpack().get(), nullptr);
    return change;
  }

  // Makes the table equal to a list of version `list_version`, but for objects newer than it (own
  // writes) and those for which `spared` is true. `reset`: versions from before do not count.
  template <typename Spared>
  std::vector<Change> replace(const std::vector<Packed<T>>& listed, std::uint64_t list_version,
                              bool reset, Spared spared) {
    Entries next;
    next.reserve(listed.size());
    for (const auto& object : listed) {
      const auto unpacked = object.unpack();
      ObjectKey key = key_of(unpacked->meta);
      const auto version = parse_resource_version(unpacked->meta.resource_version).value_or(0);
      const auto held = entries_.find(key);
      // An unchanged object stays the one it was: nobody is told of it.
      const bool as_new = held != entries_.end() && !reset && held->second.version >= version;
      next.insert_or_assign(std::move(key), as_new ? held->second : Entry{object, version});
    }
    for (const auto& [key, entry] : entries_) {
      const bool newer = !reset && entry.version > list_version;
      if (newer || spared(key)) next.try_emplace(key, entry);
    }
    entries_.swap(next);
    return changes_since(next);
  }

 private:
  struct Entry {
    Packed<T> object;
    std::uint64_t version = 0;
  };
  using Entries = std::unordered_map<ObjectKey, Entry>;
  struct Index {
    Indexer indexer;
    KeyIndex keys;
  };

  // Null: there was none, or there is none any more.
  void reindex(const ObjectKey& key, const T* old, const T* now) {
    for (auto& [name, index] : indexes_) {
      if (old != nullptr) index.keys.remove(key, index.indexer(*old));
      if (now != nullptr) index.keys.add(key, index.indexer(*now));
    }
  }
  void reindex(const ObjectKey& key, const Change& change) {
    reindex(key, change.old.unpack().get(), change.now.unpack().get());
  }

  std::vector<Change> changes_since(const Entries& before) {
    std::vector<Change> changes;
    for (const auto& [key, entry] : before) {
      Packed<T> now = get(key);
      if (now == entry.object) continue;
      changes.push_back({entry.object, std::move(now)});
      reindex(key, changes.back());
    }
    for (const auto& [key, entry] : entries_) {
      if (before.contains(key)) continue;
      changes.push_back({{}, entry.object});
      reindex(key, changes.back());
    }
    return changes;
  }

  Entries entries_;
  std::map<std::string, Index, std::less<>> indexes_;
};

}  // namespace sojourn::kube
