#pragma once

#include <set>
#include <string>
#include <string_view>
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
  // Ordered by key.
  std::vector<ObjectKey> find(std::string_view value) const;

 private:
  // Value, namespace and name in one text each: most values belong to one object, and a map of sets
  // would take three times the memory for it.
  std::set<std::string, std::less<>> entries_;
};

}  // namespace sojourn::kube
