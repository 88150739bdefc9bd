#include "api/json/object_view.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/document.h"
#include "sojourn/base/timestamp.h"

namespace sojourn::api {
namespace {

// Text, or an integer as its decimal text; nothing for anything else.
std::optional<std::string> quantity_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return dump(value);
  return std::nullopt;
}

// Nothing for what is no integer or too large for 64 bits with a sign.
std::optional<std::int64_t> integer_of(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return value.get<std::int64_t>();
}

}  // namespace

void Problem::report(std::string_view path, std::string_view what) {
  if (found()) return;
  if (!path.empty()) text_.append(path).append(": ");
  text_.append(what);
}

ObjectView::ObjectView(const Json& root, Problem& problem) : ObjectView(&root, problem, "") {}

ObjectView::ObjectView(const Json* value, Problem& problem, std::string path)
    : value_(value), problem_(&problem), path_(std::move(path)) {
  if (value_ != nullptr && !value_->is_object()) {
    problem_->report(path_, "expected an object");
    value_ = nullptr;
  }
}

const Json* ObjectView::find(std::string_view key) const {
  if (value_ == nullptr) return nullptr;
  const auto member = value_->find(key);
  return member == value_->end() || member->is_null() ? nullptr : &*member;
}

std::string ObjectView::path_of(std::string_view key) const {
  std::string path = path_;
  if (!path.empty()) path += '.';
  return path.append(key);
}

void ObjectView::report(std::string_view key, std::string_view what) const {
  problem_->report(path_of(key), what);
}

void ObjectView::require(std::string_view key) const {
  if (find(key) == nullptr) report(key, "is missing");
}

ObjectView ObjectView::object(std::string_view key) const {
  return {find(key), *problem_, path_of(key)};
}

std::vector<ObjectView> ObjectView::objects(std::string_view key) const {
  std::vector<ObjectView> items;
  const Json* list = find(key);
  if (list == nullptr) return items;
  if (!list->is_array()) {
    report(key, "expected a list");
    return items;
  }
  items.reserve(list->size());
  for (const Json& item : *list) {
    ObjectView view(&item, *problem_, path_of(key) + "[" + std::to_string(items.size()) + "]");
    items.push_back(std::move(view));
  }
  return items;
}

std::string ObjectView::text(std::string_view key) const {
  return optional_text(key).value_or("");
}

std::optional<std::string> ObjectView::optional_text(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  report(key, "expected a string");
  return std::nullopt;
}

std::vector<std::string> ObjectView::texts(std::string_view key) const {
  std::vector<std::string> items;
  const Json* list = find(key);
  if (list == nullptr) return items;
  if (!list->is_array()) {
    report(key, "expected a list of strings");
    return items;
  }
  for (const Json& item : *list) {
    if (item.is_string()) {
      items.push_back(item.get<std::string>());
    } else {
      report(key, "expected a list of strings");
    }
  }
  return items;
}

StringMap ObjectView::map_of(std::string_view key, bool integers_too) const {
  StringMap map;
  const ObjectView members = object(key);
  if (!members.present()) return map;
  for (const auto& [name, value] : members.value_->items()) {
    if (value.is_null()) continue;
    if (value.is_string() || (integers_too && value.is_number_integer())) {
      map.emplace(name, *quantity_of(value));
    } else {
      members.report(name, integers_too ? "expected a quantity" : "expected a string");
    }
  }
  return map;
}

StringMap ObjectView::text_map(std::string_view key) const {
  return map_of(key, false);
}

StringMap ObjectView::quantity_map(std::string_view key) const {
  return map_of(key, true);
}

std::optional<std::string> ObjectView::quantity(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  auto quantity = quantity_of(*value);
  if (!quantity) report(key, "expected a quantity");
  return quantity;
}

std::optional<std::int64_t> ObjectView::integer_between(std::string_view key, std::int64_t least,
                                                        std::int64_t most) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto integer = integer_of(*value);
  if (integer && *integer >= least && *integer <= most) return integer;
  report(key, value->is_number_integer() ? "is too large" : "expected an integer");
  return std::nullopt;
}

std::optional<int> ObjectView::integer(std::string_view key) const {
  const auto value =
      integer_between(key, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::optional<std::int64_t> ObjectView::long_integer(std::string_view key) const {
  return integer_between(key, std::numeric_limits<std::int64_t>::min(),
                         std::numeric_limits<std::int64_t>::max());
}

std::vector<std::int64_t> ObjectView::long_integers(std::string_view key) const {
  std::vector<std::int64_t> items;
  const Json* list = find(key);
  if (list == nullptr) return items;
  if (!list->is_array()) {
    report(key, "expected a list of integers");
    return items;
  }
  for (const Json& item : *list) {
    if (const auto integer = integer_of(item)) {
      items.push_back(*integer);
    } else {
      report(key, "expected a list of integers");
    }
  }
  return items;
}

std::optional<bool> ObjectView::flag(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  report(key, "expected true or false");
  return std::nullopt;
}

std::optional<Time> ObjectView::time(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::optional<Time> time;
  if (value->is_string()) time = parse_timestamp(value->get_ref<const std::string&>());
  if (!time) report(key, "expected a time such as 2026-01-02T03:04:05Z");
  return time;
}

JsonText ObjectView::raw(std::string_view key) const {
  const Json* value = find(key);
  return value == nullptr ? JsonText{} : JsonText{dump(*value)};
}

JsonText ObjectView::raw() const {
  return value_ == nullptr ? JsonText{} : JsonText{dump(*value_)};
}

}  // namespace sojourn::api
