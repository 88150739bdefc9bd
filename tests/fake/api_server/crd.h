#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/fake/api_server/answers.h"

namespace sojourn::fake {

// What a CustomResourceDefinition of crds/ makes of the objects of its kind. Structure, bounds and
// defaults are all enforced; of the CEL rules those of rules.h. Immutable, so thread-safe.
class Crd {
 public:
  // Reads one YAML file. Throws std::runtime_error when it cannot be read.
  static Crd load(const std::filesystem::path& file);
  // The same, once in a process: a test makes many servers. Lives as long as the process.
  static const Crd& load_once(const std::filesystem::path& file);

  // The same kind with another schema.
  Crd changed(const std::function<void(nlohmann::json& schema)>& change) const;

  // Drops unknown fields and fills in defaults, as every reading of an object does.
  void complete(nlohmann::json& object) const;
  // What is wrong with a completed object; `old` is what it replaces, or null.
  std::vector<FieldError> check(const nlohmann::json& object, const nlohmann::json* old) const;

  // Field labels that a field selector may use: "status.state".
  const std::vector<std::string>& selectable_fields() const { return selectable_fields_; }
  // The CEL rules that are not enforced here.
  std::vector<std::string> unenforced_rules() const;

 private:
  nlohmann::json schema_;
  std::vector<std::string> selectable_fields_;
};

}  // namespace sojourn::fake
