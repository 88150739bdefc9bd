#include "tests/fake/api_server/schema.h"

#include <algorithm>
#include <regex>
#include <set>

#include "sojourn/base/timestamp.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

bool flag(const json& schema, const char* name) {
  const auto found = schema.find(name);
  return found != schema.end() && found->get<bool>();
}

// Calls `visit(bound)` when the schema has that bound.
template <typename Visit>
void with_bound(const json& schema, const char* name, Visit visit) {
  const auto found = schema.find(name);
  if (found != schema.end()) visit(found->get<std::int64_t>());
}

std::int64_t characters(const std::string& text) {
  return std::ranges::count_if(text,
                               [](char c) { return (static_cast<unsigned>(c) & 0xC0) != 0x80; });
}

const char* type_of(const json& value) {
  if (value.is_object()) return "object";
  if (value.is_array()) return "array";
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "boolean";
  if (value.is_number_integer()) return "integer";
  return value.is_number() ? "number" : "null";
}

bool has_type(const json& schema, const json& value) {
  if (value.is_null()) return flag(schema, "nullable");
  if (flag(schema, "x-kubernetes-int-or-string")) {
    return value.is_string() || value.is_number_integer();
  }
  const auto type = schema.find("type");
  if (type == schema.end()) return true;
  return *type == type_of(value) || (*type == "number" && value.is_number());
}

// Checks one value. Keeps the path and the list of errors that every check needs.
class Structure {
 public:
  Structure(const json& schema, const json& value, const std::string& path,
            std::vector<FieldError>& errors)
      : schema_(schema), value_(value), path_(path), errors_(errors) {}

  void check() {
    if (!has_type(schema_, value_)) {
      return report("FieldValueTypeInvalid", "Invalid value: \"" + std::string(type_of(value_)) +
                                                 "\": " + path_ + " in body must be of type " +
                                                 schema_.value("type", "integer or string"));
    }
    check_enum();
    if (value_.is_string()) check_string();
    if (value_.is_number_integer()) check_number();
    if (value_.is_array()) check_array();
    if (value_.is_object()) check_object();
  }

 private:
  void report(std::string reason, std::string message, std::string path = {}) {
    errors_.push_back(
        {std::move(reason), path.empty() ? path_ : std::move(path), std::move(message)});
  }
  void report_invalid(const std::string& why) {
    report("FieldValueInvalid",
           "Invalid value: " + value_.dump() + ": " + path_ + " in body " + why);
  }

  void check_enum() {
    const auto allowed = schema_.find("enum");
    if (allowed == schema_.end() || std::ranges::find(*allowed, value_) != allowed->end()) return;
    std::string names;
    for (const auto& each : *allowed) names += (names.empty() ? "" : ", ") + each.dump();
    report("FieldValueNotSupported",
           "Unsupported value: " + value_.dump() + ": supported values: " + names);
  }

  void check_string() {
    const auto& text = value_.get_ref<const std::string&>();
    with_bound(schema_, "maxLength", [&](std::int64_t most) {
      if (characters(text) <= most) return;
      report("FieldValueTooLong",
             "Too long: may not be more than " + std::to_string(most) + " bytes");
    });
    with_bound(schema_, "minLength", [&](std::int64_t least) {
      if (characters(text) < least) {
        report_invalid("should be at least " + std::to_string(least) + " chars long");
      }
    });
    const auto pattern = schema_.find("pattern");
    if (pattern != schema_.end() &&
        !std::regex_search(text, std::regex(pattern->get<std::string>()))) {
      report_invalid("should match '" + pattern->get<std::string>() + "'");
    }
    if (schema_.value("format", "") == "date-time" && !parse_timestamp(text)) {
      report_invalid("must be of type date-time: " + value_.dump());
    }
  }

  void check_number() {
    const auto number = value_.get<std::int64_t>();
    with_bound(schema_, "minimum", [&](std::int64_t least) {
      if (number < least) {
        report_invalid("should be greater than or equal to " + std::to_string(least));
      }
    });
    with_bound(schema_, "maximum", [&](std::int64_t most) {
      if (number > most) report_invalid("should be less than or equal to " + std::to_string(most));
    });
  }

  void check_array() {
    with_bound(schema_, "maxItems", [&](std::int64_t most) {
      const auto count = static_cast<std::int64_t>(value_.size());
      if (count <= most) return;
      report("FieldValueTooMany", "Too many: " + std::to_string(count) + ": must have at most " +
                                      std::to_string(most) + " items");
    });
    with_bound(schema_, "minItems", [&](std::int64_t least) {
      if (static_cast<std::int64_t>(value_.size()) < least) {
        report_invalid("should have at least " + std::to_string(least) + " items");
      }
    });
    const json& items = schema_.at("items");
    std::set<json> keys;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      const std::string path = path_ + "[" + std::to_string(i) + "]";
      check_structure(items, value_[i], path, errors_);
      if (schema_.value("x-kubernetes-list-type", "") != "map" || !value_[i].is_object()) continue;
      json key;
      for (const auto& name : schema_.at("x-kubernetes-list-map-keys")) {
        key.push_back(value_[i].value(name.get<std::string>(), json()));
      }
      if (!keys.insert(key).second) {
        report("FieldValueDuplicate", "Duplicate value: " + key.dump(), path);
      }
    }
  }

  void check_object() {
    for (const auto& name : schema_.value("required", json::array())) {
      if (value_.contains(name.get<std::string>())) continue;
      report("FieldValueRequired", "Required value", member_path(path_, name));
    }
    with_bound(schema_, "maxProperties", [&](std::int64_t most) {
      if (static_cast<std::int64_t>(value_.size()) > most) {
        report("FieldValueTooMany", "Too many: " + std::to_string(value_.size()) +
                                        ": must have at most " + std::to_string(most) + " items");
      }
    });
    for (const auto& [name, member] : value_.items()) {
      const json* schema = member_schema(schema_, name);
      if (schema != nullptr) check_structure(*schema, member, member_path(path_, name), errors_);
    }
  }

  const json& schema_;
  const json& value_;
  const std::string& path_;
  std::vector<FieldError>& errors_;
};

}  // namespace

std::string member_path(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

const json* member_schema(const json& schema, const std::string& name) {
  const auto properties = schema.find("properties");
  if (properties != schema.end()) {
    const auto found = properties->find(name);
    if (found != properties->end()) return &*found;
  }
  const auto additional = schema.find("additionalProperties");
  return additional != schema.end() && additional->is_object() ? &*additional : nullptr;
}

void prune(const json& schema, json& value) {
  if (value.is_array() && schema.contains("items")) {
    for (auto& item : value) prune(schema.at("items"), item);
  }
  if (!value.is_object()) return;
  for (auto member = value.begin(); member != value.end();) {
    const json* known = member_schema(schema, member.key());
    const bool unknown = known == nullptr && !flag(schema, "x-kubernetes-preserve-unknown-fields");
    const bool void_default = known != nullptr && member->is_null() && known->contains("default");
    if (unknown || void_default) {
      member = value.erase(member);
      continue;
    }
    if (known != nullptr) prune(*known, *member);
    ++member;
  }
}

void fill_defaults(const json& schema, json& value) {
  if (value.is_array() && schema.contains("items")) {
    for (auto& item : value) fill_defaults(schema.at("items"), item);
  }
  if (!value.is_object()) return;
  // Named, because a range-for does not keep the temporary behind items() alive.
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, member] : properties.items()) {
    if (!value.contains(name) && member.contains("default")) value[name] = member.at("default");
  }
  for (auto& [name, member] : value.items()) {
    const json* known = member_schema(schema, name);
    if (known != nullptr) fill_defaults(*known, member);
  }
}

void check_structure(const json& schema, const json& value, const std::string& path,
                     std::vector<FieldError>& errors) {
  Structure(schema, value, path, errors).check();
}

}  // namespace sojourn::fake
