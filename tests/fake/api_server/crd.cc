#include "tests/fake/api_server/crd.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <map>
#include <mutex>
#include <stdexcept>

#include "tests/fake/api_server/rules.h"
#include "tests/fake/api_server/schema.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, number).ptr == end) return number;
  return text;
}

json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& member : node) object[member.first.Scalar()] = to_json(member.second);
    return object;
  }
  if (node.IsSequence()) {
    json array = json::array();
    for (const auto& item : node) array.push_back(to_json(item));
    return array;
  }
  return node.IsScalar() ? scalar(node) : json();
}

void collect_unenforced(const json& schema, std::vector<std::string>& out) {
  if (!schema.is_structured()) return;
  for (const auto& [key, member] : schema.items()) {
    if (key == "x-kubernetes-validations") {
      for (const auto& rule : member) {
        const auto text = rule.at("rule").get<std::string>();
        if (!is_enforced(text)) out.push_back(text);
      }
    } else {
      collect_unenforced(member, out);
    }
  }
}

}  // namespace

Crd Crd::load(const std::filesystem::path& file) {
  json document;
  try {
    document = to_json(YAML::LoadFile(file.string()));
  } catch (const YAML::Exception& error) {
    throw std::runtime_error("read " + file.string() + ": " + error.what());
  }
  const json& version = document.at("spec").at("versions").at(0);
  Crd crd;
  crd.schema_ = version.at("schema").at("openAPIV3Schema");
  // metadata is the API server's own business.
  crd.schema_.at("properties").at("metadata")["x-kubernetes-preserve-unknown-fields"] = true;
  for (const auto& field : version.value("selectableFields", json::array())) {
    crd.selectable_fields_.push_back(field.at("jsonPath").get<std::string>().substr(1));
  }
  return crd;
}

const Crd& Crd::load_once(const std::filesystem::path& file) {
  static std::mutex mutex;
  static std::map<std::filesystem::path, Crd> loaded;  // guarded by mutex
  const std::lock_guard lock(mutex);
  const auto found = loaded.find(file);
  return found == loaded.end() ? loaded.emplace(file, load(file)).first->second : found->second;
}

Crd Crd::changed(const std::function<void(json& schema)>& change) const {
  Crd other = *this;
  change(other.schema_);
  return other;
}

void Crd::complete(json& object) const {
  prune(schema_, object);
  fill_defaults(schema_, object);
}

std::vector<FieldError> Crd::check(const json& object, const json* old) const {
  std::vector<FieldError> errors;
  check_structure(schema_, object, "", errors);
  // The rules presuppose the structure.
  if (errors.empty()) check_rules(schema_, object, old, "", errors);
  return errors;
}

std::vector<std::string> Crd::unenforced_rules() const {
  std::vector<std::string> out;
  collect_unenforced(schema_, out);
  return out;
}

}  // namespace sojourn::fake
