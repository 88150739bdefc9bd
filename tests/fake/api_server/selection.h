#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/fake/api_server/admission.h"
#include "tests/fake/api_server/call.h"
#include "tests/fake/api_server/object_store.h"

namespace sojourn::fake {

// What a list or a watch covers: a kind, a namespace, labels (`a=b`, `a!=b`, `a`, `!a`, `a in
// (b,c)`, `a notin (b,c)`) and fields (`a=b`, `a!=b`).
class Selection {
 public:
  // Or the answer to a selector that cannot be read.
  static std::variant<Selection, kube::Response> parse(const Call& call,
                                                       const Admission& admission);

  bool covers(const ObjectId& id) const;
  // Of an object that is covered.
  bool matches(const nlohmann::json& object) const;
  // Neither labels nor fields are asked for.
  bool is_plain() const { return requirements_.empty(); }
  const Kind& kind() const { return *kind_; }

 private:
  using Requirement = std::function<bool(const nlohmann::json& object)>;
  const Kind* kind_ = nullptr;
  std::string namespace_;
  std::vector<Requirement> requirements_;
};

}  // namespace sojourn::fake
