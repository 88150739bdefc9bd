#include "tests/fake/api_server/rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <regex>

#include "sojourn/domain/quantity.h"
#include "tests/fake/api_server/schema.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

// Whether a rule holds; `old` is not null for the rules that look at oldSelf.
using Holds = std::function<bool(const json& self, const json* old)>;

const json& at_path(const json& value, const char* pointer) {
  static const json kMissing;
  const json::json_pointer where(pointer);
  return value.contains(where) ? value.at(where) : kMissing;
}

bool is_expired(const json& session) {
  const json& conditions = at_path(session, "/status/conditions");
  if (!conditions.is_array()) return false;
  for (const auto& condition : conditions) {
    if (condition.at("type") == "Expired" && condition.at("status") == "True") return true;
  }
  return false;
}

bool same_at(const json& self, const json& old, const char* pointer) {
  return at_path(self, pointer) == at_path(old, pointer);
}

bool lifetime_unchanged(const json& self, const json* old) {
  return !is_expired(*old) || (same_at(self, *old, "/spec/ttl/maxLifetimeSeconds") &&
                               same_at(self, *old, "/spec/ttl/afterIdleSeconds"));
}

bool token_unchanged(const json& self, const json* old) {
  const json& outcome = at_path(*old, "/status/outcome");
  const bool is_final = is_expired(*old) || outcome == "Cancelled" || outcome == "Expired";
  return !is_final || same_at(self, *old, "/spec/runToken");
}

bool stays_cancelled(const json& self, const json* old) {
  return *old != "Cancelled" || self == "Cancelled";
}

bool sleep_within_life(const json& self, const json*) {
  const auto life = self.value("maxLifetimeSeconds", std::int64_t{0});
  return life == 0 || self.value("afterIdleSeconds", std::int64_t{0}) <= life;
}

bool short_name(const json& self, const json*) {
  return self.at("metadata").value("name", "").size() <= 63;
}

std::int64_t quantity_at(const json& object, const char* pointer) {
  const json& value = at_path(object, pointer);
  const auto text = value.is_string() ? value.get<std::string>() : value.dump();
  return domain::parse_milli_quantity(text).value_or(0);
}

bool only_grows(const json& self, const json* old) {
  constexpr auto* kSize = "/spec/storage/size";
  if (at_path(self, kSize).is_null() || at_path(*old, kSize).is_null()) return true;
  const auto size = quantity_at(self, kSize);
  constexpr auto* kCapacity = "/status/volume/capacity";
  const bool has_capacity = !at_path(*old, kCapacity).is_null();
  return size >= quantity_at(*old, kSize) || (has_capacity && size >= quantity_at(*old, kCapacity));
}

bool ordered_backoff(const json& self, const json*) {
  return !self.contains("initialSeconds") || !self.contains("maxSeconds") ||
         self.at("initialSeconds") <= self.at("maxSeconds");
}

bool storage_stays(const json& self, const json* old) {
  return self.contains("storage") || !old->contains("storage");
}

bool only_retention_added(const json& self, const json* old) {
  if (old->contains("storage") || !self.contains("storage")) return true;
  const auto& storage = self.at("storage");
  return std::ranges::none_of(
      std::array{"size", "storageClassName", "accessMode", "mountPath", "existingClaim"},
      [&](const char* fixed) { return storage.contains(fixed); });
}

bool claim_brings_its_own(const json& self, const json*) {
  return !self.contains("existingClaim") ||
         std::ranges::none_of(std::array{"size", "storageClassName", "accessMode"},
                              [&](const char* own) { return self.contains(own); });
}

// "'INIT READY', 'INIT ERROR'" within the rule's text.
bool legal_pair(const std::string& rule, const json& self, const json& old) {
  const std::string pair = "'" + old.get<std::string>() + " " + self.get<std::string>() + "'";
  return self == old || rule.find(pair) != std::string::npos;
}

// What a rule's text stands for; empty when it is not enforced.
Holds meaning_of(const std::string& rule) {
  static const std::regex presence(R"(has\(self\.(\w+)\) == has\(oldSelf\.(\w+)\))");
  static const std::regex exclusion(R"(!has\(self\.(\w+)\) \|\| !has\(self\.(\w+)\))");
  std::smatch match;
  if (rule == "self == oldSelf")
    return [](const json& self, const json* old) { return self == *old; };
  if (std::regex_match(rule, match, presence) && match[1] == match[2]) {
    return [name = match[1].str()](const json& self, const json* old) {
      return self.contains(name) == old->contains(name);
    };
  }
  if (std::regex_match(rule, match, exclusion)) {
    return [one = match[1].str(), other = match[2].str()](const json& self, const json*) {
      return !self.contains(one) || !self.contains(other);
    };
  }
  if (rule.starts_with("self == oldSelf || (oldSelf + ' ' + self) in [")) {
    return [rule](const json& self, const json* old) { return legal_pair(rule, self, *old); };
  }
  if (rule == "size(self.metadata.name) <= 63") return short_name;
  if (rule == "has(self.storage) || !has(oldSelf.storage)") return storage_stays;
  if (rule.starts_with("has(oldSelf.storage) || !has(self.storage) ||")) {
    return only_retention_added;
  }
  if (rule.starts_with("!has(self.initialSeconds) ||")) return ordered_backoff;
  if (rule.starts_with("!has(self.existingClaim) ||")) return claim_brings_its_own;
  if (rule.starts_with("!has(oldSelf.status) ||") &&
      rule.find("maxLifetimeSeconds") != std::string::npos) {
    return lifetime_unchanged;
  }
  if (rule.starts_with("!has(oldSelf.status) ||") && rule.find("runToken") != std::string::npos) {
    return token_unchanged;
  }
  if (rule.starts_with("!has(oldSelf.spec.storage) ||")) return only_grows;
  if (rule == "oldSelf != 'Cancelled' || self == 'Cancelled'") return stays_cancelled;
  if (rule.starts_with("!has(self.afterIdleSeconds) ||")) return sleep_within_life;
  return {};
}

// The message of the state rule is an expression; others are as written.
std::string message_of(const json& rule, const json& self, const json* old) {
  if (!rule.contains("messageExpression") || old == nullptr || !self.is_string()) {
    return rule.at("message");
  }
  return "status.state cannot go from " + old->get<std::string>() + " to " +
         self.get<std::string>() + "; leave the field to the operator";
}

void check_own_rules(const json& schema, const json& value, const json* old,
                     const std::string& path, std::vector<FieldError>& errors) {
  const auto rules = schema.find("x-kubernetes-validations");
  if (rules == schema.end()) return;
  for (const auto& rule : *rules) {
    const auto text = rule.at("rule").get<std::string>();
    const Holds holds = meaning_of(text);
    const bool looks_back = text.find("oldSelf") != std::string::npos;
    if (!holds || (looks_back && old == nullptr) || holds(value, old)) continue;
    const std::string shown = value.is_object() ? "" : value.dump() + ": ";
    errors.push_back(
        {"FieldValueInvalid", path, "Invalid value: " + shown + message_of(rule, value, old)});
  }
}

}  // namespace

bool is_enforced(std::string_view rule) {
  return static_cast<bool>(meaning_of(std::string(rule)));
}

void check_rules(const json& schema, const json& value, const json* old, const std::string& path,
                 std::vector<FieldError>& errors) {
  check_own_rules(schema, value, old, path, errors);
  if (!value.is_object()) {
    if (!value.is_array()) return;
    // Items of a list have no former self here: no rule of ours looks back inside one.
    for (std::size_t i = 0; i < value.size(); ++i) {
      check_rules(schema.at("items"), value[i], nullptr, path + "[" + std::to_string(i) + "]",
                  errors);
    }
    return;
  }
  for (const auto& [name, member] : value.items()) {
    const json* known = member_schema(schema, name);
    if (known == nullptr) continue;
    const json* before = old != nullptr && old->contains(name) ? &old->at(name) : nullptr;
    check_rules(*known, member, before, member_path(path, name), errors);
  }
}

}  // namespace sojourn::fake
