// Every member of every golden object in turn is removed, made null, and given a value of a wrong
// type: removal must be harmless, a wrong type must be refused by its path.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sojourn/api/json/controller_revision_json.h"
#include "sojourn/api/json/lease_json.h"
#include "sojourn/api/json/persistent_volume_claim_json.h"
#include "sojourn/api/json/pod_json.h"
#include "sojourn/api/json/session_json.h"
#include "sojourn/api/json/session_template_json.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

using Json = nlohmann::json;
using Pointer = Json::json_pointer;

struct Kind {
  std::string golden;
  std::function<std::optional<Error>(std::string_view)> decode;
  // Members that are not looked into: passed on as they are, or of no interest.
  std::vector<std::string> opaque;
};

template <typename T>
std::function<std::optional<Error>(std::string_view)> outcome_of(
    Result<T> (*decode)(std::string_view)) {
  return [decode](std::string_view text) -> std::optional<Error> {
    auto result = decode(text);
    return result ? std::nullopt : std::optional(result.error());
  };
}

std::vector<Kind> kinds() {
  return {
      {"session.json", outcome_of(decode_session), {"apiVersion", "metadata.managedFields"}},
      {"session_template.json",
       outcome_of(decode_session_template),
       {"apiVersion", ".valueFrom", ".envFrom", ".ports", ".affinity", ".tolerations",
        ".topologySpreadConstraints", ".seccompProfile", ".emptyDir"}},
      {"pod.json",
       outcome_of(decode_pod),
       {"apiVersion", "spec.containers", "spec.dnsPolicy", "status.podIP", ".image",
        ".lastProbeTime"}},
      {"persistent_volume_claim.json",
       outcome_of(decode_persistent_volume_claim),
       {"apiVersion", "metadata.finalizers", "spec.volumeMode", "status.accessModes"}},
      {"lease.json", outcome_of(decode_lease), {"apiVersion"}},
      {"controller_revision.json", outcome_of(decode_controller_revision), {"apiVersion", "data"}}};
}

// "spec.agents[0].name" for /spec/agents/0/name.
std::string path_of(const Json& object, const Pointer& pointer) {
  std::vector<std::string> tokens;
  for (Pointer p = pointer; !p.empty(); p.pop_back()) tokens.insert(tokens.begin(), p.back());
  std::string path;
  const Json* place = &object;
  for (const std::string& token : tokens) {
    if (place->is_array()) {
      path += "[" + token + "]";
      place = &place->at(std::stoul(token));
    } else {
      path += (path.empty() ? "" : ".") + token;
      place = &place->at(token);
    }
  }
  return path;
}

void collect(const Json& value, const Pointer& pointer, std::vector<Pointer>& all) {
  if (!pointer.empty()) all.push_back(pointer);
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) collect(member, pointer / key, all);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], pointer / i, all);
  }
}

std::vector<Pointer> members(const Json& object) {
  std::vector<Pointer> all;
  collect(object, Pointer(), all);
  return all;
}

bool is_opaque(const Kind& kind, const std::string& path) {
  for (const std::string& word : kind.opaque) {
    if (word.front() == '.' ? path.find(word) != std::string::npos : path.starts_with(word)) {
      return true;
    }
  }
  return false;
}

TEST(WrongShape, AWrongTypeIsRefusedByItsPath) {
  int tried = 0;
  for (const Kind& kind : kinds()) {
    const Json golden = Json::parse(read_golden(kind.golden));
    for (const Pointer& pointer : members(golden)) {
      const std::string path = path_of(golden, pointer);
      if (is_opaque(kind, path)) continue;
      Json object = golden;
      // A list where no list belongs; true where one does.
      object[pointer] = golden[pointer].is_array() ? Json(true) : Json::array({Json::object()});
      const auto error = kind.decode(object.dump());
      ASSERT_TRUE(error) << kind.golden << " " << path;
      EXPECT_EQ(error->code, ErrorCode::Malformed);
      // An item of a list of plain values is named by its list.
      const bool plain_item = path.ends_with("]") && !golden[pointer].is_object();
      const std::string named = plain_item ? path.substr(0, path.rfind('[')) : path;
      EXPECT_NE(error->message.find(" " + named + ": expected"), std::string::npos)
          << kind.golden << " " << path << ": " << error->message;
      ++tried;
    }
  }
  EXPECT_GT(tried, 200);
}

TEST(WrongShape, AMissingOrNullMemberIsHarmlessUnlessItIsTheName) {
  for (const Kind& kind : kinds()) {
    const Json golden = Json::parse(read_golden(kind.golden));
    for (const Pointer& pointer : members(golden)) {
      const std::string path = path_of(golden, pointer);
      const bool needed = path == "metadata" || path == "metadata.name";
      if (path.ends_with("]")) continue;  // items of a list are neither removed nor null
      Json object = golden;
      object[pointer.parent_pointer()].erase(pointer.back());
      EXPECT_EQ(kind.decode(object.dump()).has_value(), needed) << kind.golden << " " << path;
      object[pointer] = nullptr;
      EXPECT_EQ(kind.decode(object.dump()).has_value(), needed) << kind.golden << " " << path;
    }
  }
}

TEST(WrongShape, UnknownMembersArePassedOver) {
  for (const Kind& kind : kinds()) {
    const Json golden = Json::parse(read_golden(kind.golden));
    for (const Pointer& pointer : members(golden)) {
      const std::string path = path_of(golden, pointer);
      const bool free_map = path.ends_with("labels") || path.ends_with("annotations") ||
                            path.ends_with("config") || path.ends_with("parameters") ||
                            path.ends_with("nodeSelector") || path.ends_with("limits") ||
                            path.ends_with("requests");
      if (!golden[pointer].is_object() || free_map) continue;
      Json object = golden;
      object[pointer]["ofANewerVersion"] = {{"deep", {1, 2, 3}}};
      const auto error = kind.decode(object.dump());
      EXPECT_FALSE(error) << kind.golden << " " << path << ": " << error->message;
    }
  }
}

}  // namespace
}  // namespace sojourn::api
