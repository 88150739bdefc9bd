#include "sojourn/api/meta.h"

#include "sojourn/api/condition.h"

namespace sojourn::api {

const OwnerReference* controller_of(const ObjectMeta& meta) {
  for (const auto& owner : meta.owner_references) {
    if (owner.controller) return &owner;
  }
  return nullptr;
}

std::string_view lookup(const StringMap& map, std::string_view key) {
  const auto entry = map.find(key);
  return entry == map.end() ? std::string_view{} : std::string_view{entry->second};
}

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  for (const auto& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

}  // namespace sojourn::api
