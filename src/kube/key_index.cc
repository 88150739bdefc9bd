#include "sojourn/kube/key_index.h"

namespace sojourn::kube {
namespace {

// Lower than any byte of a value, a namespace or a name.
constexpr char kEnd = '\0';

std::string entry_of(std::string_view value, const ObjectKey& key) {
  std::string entry;
  entry.reserve(value.size() + key.namespace_.size() + key.name.size() + 2);
  entry.append(value).append(1, kEnd).append(key.namespace_).append(1, kEnd).append(key.name);
  return entry;
}

}  // namespace

void KeyIndex::add(const ObjectKey& key, const std::vector<std::string>& values) {
  for (const auto& value : values) entries_.insert(entry_of(value, key));
}

void KeyIndex::remove(const ObjectKey& key, const std::vector<std::string>& values) {
  for (const auto& value : values) entries_.erase(entry_of(value, key));
}

std::vector<ObjectKey> KeyIndex::find(std::string_view value) const {
  std::string start(value);
  start += kEnd;
  std::vector<ObjectKey> keys;
  for (auto at = entries_.lower_bound(start); at != entries_.end() && at->starts_with(start);
       ++at) {
    const std::size_t name = at->find(kEnd, start.size()) + 1;
    keys.push_back({at->substr(start.size(), name - 1 - start.size()), at->substr(name)});
  }
  return keys;
}

}  // namespace sojourn::kube
