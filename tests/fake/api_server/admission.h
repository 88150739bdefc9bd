#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fake/api_server/answers.h"
#include "tests/fake/api_server/crd.h"
#include "tests/fake/api_server/kinds.h"

namespace sojourn::fake {

// What the API server makes of the content of objects: defaults, what a new object may say, and
// what is wrong with it. Custom kinds are held to their CRDs; of the built-in ones only what an
// operator of sessions can run into. Not thread-safe once definitions change.
class Admission {
 public:
  // Reads sessions.yaml and sessiontemplates.yaml.
  explicit Admission(const std::filesystem::path& crd_directory);

  // Gives a new object the state that every object of its kind begins with.
  void begin(const Kind& kind, nlohmann::json& object) const;
  // Unknown fields and defaults.
  void complete(const Kind& kind, nlohmann::json& object) const;
  // What is wrong with it; `old`: what it replaces, or null.
  std::vector<FieldError> check(const Kind& kind, const nlohmann::json& object,
                                const nlohmann::json* old) const;

  // Changes the definition of a custom kind as its file has it.
  void redefine(const std::string& plural,
                const std::function<void(nlohmann::json& schema)>& change);

  // Whether a field selector may use that label.
  bool is_selectable(const Kind& kind, std::string_view label) const;

 private:
  const std::filesystem::path crd_directory_;
  std::map<std::string, const Crd*, std::less<>> crds_;  // by plural
  std::map<std::string, Crd> changed_;                   // by plural; crds_ points into it
};

}  // namespace sojourn::fake
