#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sojourn/kube/resource.h"

namespace sojourn::kube {

// Which objects carry a value ("the pods of owner 1234"). Not thread-safe: a Store's lock guards
// it.
class KeyIndex {
 public:
  void add(const ObjectKey& key, const std::vector<std::string>& values);
  // `values` must be those it was added under.
  void remove(const ObjectKey& key, const std::vector<std::string>& values);
  // Valid until the next add or remove.
  const std::set<ObjectKey>& find(const std::string& value) const;

 private:
  std::unordered_map<std::string, std::set<ObjectKey>> keys_;
};

}  // namespace sojourn::kube
