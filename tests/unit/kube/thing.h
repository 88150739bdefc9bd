#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sojourn/api/fields.h"
#include "sojourn/kube/resource.h"

// The smallest kind there is, so that these tests depend on no real one.
namespace sojourn::kube {

struct Thing {
  api::ObjectMeta meta;
  int size = 0;
  friend bool operator==(const Thing&, const Thing&) = default;
};

auto fields(api::SameStruct<Thing> auto& thing) {
  auto& [meta, size] = thing;
  return std::tie(meta, size);
}

template <>
struct ResourceTraits<Thing> {
  static constexpr ResourceInfo info{"tests.dev", "v1", "things", "Thing"};

  static Result<Thing> decode(std::string_view json) {
    const auto text = nlohmann::json::parse(json, nullptr, false);
    if (!text.is_object()) return Error{ErrorCode::Malformed, "not an object"};
    Thing thing;
    const auto meta = text.value("metadata", nlohmann::json::object());
    thing.meta.name = meta.value("name", "");
    thing.meta.namespace_ = meta.value("namespace", "");
    thing.meta.uid = meta.value("uid", "");
    thing.meta.resource_version = meta.value("resourceVersion", "");
    if (const auto size = text.find("size"); size != text.end()) {
      if (!size->is_number_integer()) return Error{ErrorCode::Malformed, "size: not a number"};
      thing.size = size->get<int>();
    }
    return thing;
  }

  static Result<std::string> encode(const Thing& thing) {
    return nlohmann::json{
        {"apiVersion", "tests.dev/v1"},
        {"kind", "Thing"},
        {"metadata", {{"name", thing.meta.name}, {"namespace", thing.meta.namespace_}}},
        {"size", thing.size}}
        .dump();
  }
};

inline Thing make_thing(std::string name, int version, int size = 0) {
  Thing thing;
  thing.meta.namespace_ = "a";
  thing.meta.name = std::move(name);
  thing.meta.resource_version = std::to_string(version);
  thing.size = size;
  return thing;
}

// As the API server would send it.
inline std::string thing_json(const std::string& name, int version, const std::string& size = "0") {
  return R"({"apiVersion":"tests.dev/v1","kind":"Thing","metadata":{"name":")" + name +
         R"(","namespace":"a","resourceVersion":")" + std::to_string(version) + R"("},"size":)" +
         size + "}";
}

inline std::string status_json(int code, const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message +
         R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace sojourn::kube
