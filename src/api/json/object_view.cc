#include "api/json/object_view.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/json/document.h"
#include "sojourn/base/timestamp.h"

namespace sojourn::api {
namespace {

using Kind = JsonTree::Kind;
using Row = JsonTree::Row;

bool is_integer(const JsonTree& tree, Row row) {
  return tree.kind(row) == Kind::Number &&
         tree.source(row).find_first_of(".eE") == std::string_view::npos;
}

// Text, or an integer as its decimal text; nothing for anything else.
std::optional<std::string> quantity_of(const JsonTree& tree, Row row) {
  if (tree.kind(row) == Kind::Text) return tree.text(row);
  if (is_integer(tree, row)) return std::string(tree.source(row));
  return std::nullopt;
}

// Nothing for what is no integer or too large for 64 bits with a sign.
std::optional<std::int64_t> integer_of(const JsonTree& tree, Row row) {
  if (!is_integer(tree, row)) return std::nullopt;
  const auto source = tree.source(row);
  std::int64_t value = 0;
  const auto read = std::from_chars(source.data(), source.data() + source.size(), value);
  return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

void Problem::report(std::string_view path, std::string_view what) {
  if (found()) return;
  if (!path.empty()) text_.append(path).append(": ");
  text_.append(what);
}

ObjectView::ObjectView(const JsonTree& tree, Problem& problem, Row row)
    : tree_(&tree), problem_(&problem), row_(row) {
  if (row_ != JsonTree::kNone && tree.kind(row_) != Kind::Object) {
    problem.report(tree.path(row_), "expected an object");
    row_ = JsonTree::kNone;
  }
}

Row ObjectView::find(std::string_view key) const {
  if (!present()) return JsonTree::kNone;
  const Row value = tree_->find(row_, key);
  return value != JsonTree::kNone && tree_->kind(value) == Kind::Null ? JsonTree::kNone : value;
}

Row ObjectView::find_list(std::string_view key, std::string_view expected) const {
  const Row list = find(key);
  if (list == JsonTree::kNone || tree_->kind(list) == Kind::List) return list;
  report(key, expected);
  return JsonTree::kNone;
}

std::string ObjectView::path_of(std::string_view key) const {
  std::string path = tree_->path(present() ? row_ : parent_);
  for (const std::string_view name : {present() ? std::string_view() : name_, key}) {
    if (!path.empty() && !name.empty()) path += '.';
    path += name;
  }
  return path;
}

void ObjectView::report(std::string_view key, std::string_view what) const {
  problem_->report(path_of(key), what);
}

void ObjectView::require(std::string_view key) const {
  if (find(key) == JsonTree::kNone) report(key, "is missing");
}

ObjectView ObjectView::object(std::string_view key) const {
  ObjectView view(*tree_, *problem_, find(key));
  if (view.present()) return view;
  view.parent_ = present() ? row_ : parent_;
  view.name_ = present() ? key : name_;
  return view;
}

std::vector<ObjectView> ObjectView::objects(std::string_view key) const {
  std::vector<ObjectView> items;
  const Row list = find_list(key, "expected a list");
  if (list == JsonTree::kNone) return items;
  for (Row item = tree_->begin(list); item != tree_->end(list); item = tree_->end(item)) {
    items.push_back(ObjectView(*tree_, *problem_, item));
  }
  return items;
}

std::string ObjectView::text(std::string_view key) const {
  return optional_text(key).value_or("");
}

std::optional<std::string> ObjectView::optional_text(std::string_view key) const {
  const Row value = find(key);
  if (value == JsonTree::kNone) return std::nullopt;
  if (tree_->kind(value) == Kind::Text) return tree_->text(value);
  report(key, "expected a string");
  return std::nullopt;
}

std::vector<std::string> ObjectView::texts(std::string_view key) const {
  constexpr std::string_view kExpected = "expected a list of strings";
  std::vector<std::string> items;
  const Row list = find_list(key, kExpected);
  if (list == JsonTree::kNone) return items;
  for (Row item = tree_->begin(list); item != tree_->end(list); item = tree_->end(item)) {
    if (tree_->kind(item) == Kind::Text) {
      items.push_back(tree_->text(item));
    } else {
      report(key, kExpected);
    }
  }
  return items;
}

std::optional<std::vector<std::string>> ObjectView::optional_texts(std::string_view key) const {
  return find(key) == JsonTree::kNone ? std::nullopt : std::optional(texts(key));
}

StringMap ObjectView::map_of(std::string_view key, bool integers_too,
                             bool (*wanted)(std::string_view)) const {
  StringMap map;
  const ObjectView members = object(key);
  if (!members.present()) return map;
  const Row end = tree_->end(members.row_);
  for (Row at = tree_->begin(members.row_); at != end; at = tree_->end(tree_->end(at))) {
    const Row value = tree_->end(at);
    std::string name = tree_->text(at);
    const Kind kind = tree_->kind(value);
    if (kind == Kind::Null) {
      map.erase(name);
    } else if (kind != Kind::Text && !(integers_too && is_integer(*tree_, value))) {
      members.report(name, integers_too ? "expected a quantity" : "expected a string");
    } else if (wanted == nullptr || wanted(name)) {
      map.insert_or_assign(std::move(name), *quantity_of(*tree_, value));
    }
  }
  return map;
}

StringMap ObjectView::text_map(std::string_view key) const {
  return map_of(key, false, nullptr);
}

StringMap ObjectView::text_map(std::string_view key, bool (*wanted)(std::string_view)) const {
  return map_of(key, false, wanted);
}

StringMap ObjectView::quantity_map(std::string_view key) const {
  return map_of(key, true, nullptr);
}

std::string ObjectView::number(std::string_view key) const {
  const Row value = find(key);
  if (value == JsonTree::kNone) return {};
  if (tree_->kind(value) == Kind::Number) return std::string(tree_->source(value));
  report(key, "expected a number");
  return {};
}

std::optional<std::string> ObjectView::quantity(std::string_view key) const {
  const Row value = find(key);
  if (value == JsonTree::kNone) return std::nullopt;
  auto quantity = quantity_of(*tree_, value);
  if (!quantity) report(key, "expected a quantity");
  return quantity;
}

std::optional<std::int64_t> ObjectView::integer_between(std::string_view key, std::int64_t least,
                                                        std::int64_t most) const {
  const Row value = find(key);
  if (value == JsonTree::kNone) return std::nullopt;
  const auto integer = integer_of(*tree_, value);
  if (integer && *integer >= least && *integer <= most) return integer;
  report(key, is_integer(*tree_, value) ? "is too large" : "expected an integer");
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
  constexpr std::string_view kExpected = "expected a list of integers";
  std::vector<std::int64_t> items;
  const Row list = find_list(key, kExpected);
  if (list == JsonTree::kNone) return items;
  for (Row item = tree_->begin(list); item != tree_->end(list); item = tree_->end(item)) {
    if (const auto integer = integer_of(*tree_, item)) {
      items.push_back(*integer);
    } else {
      report(key, kExpected);
    }
  }
  return items;
}

std::optional<bool> ObjectView::flag(std::string_view key) const {
  const Row value = find(key);
  if (value == JsonTree::kNone) return std::nullopt;
  const Kind kind = tree_->kind(value);
  if (kind == Kind::True || kind == Kind::False) return kind == Kind::True;
  report(key, "expected true or false");
  return std::nullopt;
}

std::optional<Time> ObjectView::time(std::string_view key) const {
  const Row value = find(key);
  if (value == JsonTree::kNone) return std::nullopt;
  std::optional<Time> time;
  if (tree_->kind(value) == Kind::Text) time = parse_timestamp(tree_->text(value));
  if (!time) report(key, "expected a time such as 2026-01-02T03:04:05Z");
  return time;
}

JsonText ObjectView::raw(std::string_view key) const {
  const Row value = find(key);
  return value == JsonTree::kNone ? JsonText{} : JsonText{canonical(tree_->whole(value))};
}

JsonText ObjectView::raw() const {
  return present() ? JsonText{canonical(tree_->whole(row_))} : JsonText{};
}

}  // namespace sojourn::api
