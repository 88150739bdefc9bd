#include "sojourn/kube/key_index.h"

namespace sojourn::kube {

void KeyIndex::add(const ObjectKey& key, const std::vector<std::string>& values) {
  for (const auto& value : values) keys_[value].insert(key);
}

void KeyIndex::remove(const ObjectKey& key, const std::vector<std::string>& values) {
  for (const auto& value : values) {
    const auto found = keys_.find(value);
    if (found == keys_.end()) continue;
    found->second.erase(key);
    if (found->second.empty()) keys_.erase(found);
  }
}

const std::set<ObjectKey>& KeyIndex::find(const std::string& value) const {
  static const std::set<ObjectKey> kNone;
  const auto found = keys_.find(value);
  return found == keys_.end() ? kNone : found->second;
}

}  // namespace sojourn::kube
