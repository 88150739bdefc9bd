#include "tests/fake/api_server/admission.h"

#include <algorithm>
#include <cstdint>
#include <regex>

#include "sojourn/domain/quantity.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

const std::string kNamePattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

void check_name(const json& meta, std::vector<FieldError>& errors) {
  static const std::regex pattern(kNamePattern);
  const auto name = meta.value("name", "");
  if (name.empty()) {
    errors.push_back({"FieldValueRequired", "metadata.name",
                      "Required value: name or generateName is required"});
  } else if (name.size() > 253 || !std::regex_match(name, pattern)) {
    errors.push_back(
        {"FieldValueInvalid", "metadata.name",
         "Invalid value: \"" + name +
             "\": a lowercase RFC 1123 subdomain must consist "
             "of lower case alphanumeric characters, '-' or '.', and must start and end "
             "with an alphanumeric character"});
  }
}

void check_owners(const json& meta, std::vector<FieldError>& errors) {
  const json owners = meta.value("ownerReferences", json::array());
  int controllers = 0;
  for (const auto& owner : owners) {
    for (const char* field : {"apiVersion", "kind", "name", "uid"}) {
      if (!owner.value(field, "").empty()) continue;
      errors.push_back({"FieldValueInvalid", std::string("metadata.ownerReferences.") + field,
                        "Invalid value: \"\": must not be empty"});
    }
    controllers += owner.value("controller", false) ? 1 : 0;
  }
  if (controllers > 1) {
    errors.push_back({"FieldValueInvalid", "metadata.ownerReferences",
                      "Invalid value: Only one reference can have Controller set to true"});
  }
}

void forbid(std::vector<FieldError>& errors, std::string field, std::string why) {
  errors.push_back({"FieldValueForbidden", std::move(field), "Forbidden: " + std::move(why)});
}

void require(std::vector<FieldError>& errors, const json& object, const char* pointer,
             std::string field) {
  const json::json_pointer where(pointer);
  if (object.contains(where) && !object.at(where).empty()) return;
  errors.push_back({"FieldValueRequired", std::move(field), "Required value"});
}

// Without what may be changed: the answer tells whether anything else was.
json fixed_part(const Kind& kind, json spec) {
  if (kind.plural == "pods") {
    for (const char* list : {"containers", "initContainers"}) {
      if (!spec.contains(list)) continue;
      for (auto& container : spec[list]) container.erase("image");
    }
    spec.erase("activeDeadlineSeconds");
    spec.erase("tolerations");
  } else if (spec.contains("resources")) {
    spec["resources"].erase("requests");
  }
  return spec;
}

// A claim may ask for more once it is bound, and never for less.
void check_growth(const json& claim, const json& old, std::vector<FieldError>& errors) {
  const json::json_pointer requests("/spec/resources/requests");
  const json now = claim.value(requests, json::object());
  const json before = old.value(requests, json::object());
  if (now == before) return;
  const json::json_pointer phase("/status/phase");
  const auto size = [](const json& from) {
    return domain::parse_milli_quantity(from.value("storage", "0")).value_or(0);
  };
  if (old.value(phase, "") != "Bound") {
    forbid(errors, "spec", "spec is immutable after creation except resources.requests");
  } else if (size(now) < size(before)) {
    forbid(errors, "spec.resources.requests.storage", "field can not be less than previous value");
  }
}

void check_built_in(const Kind& kind, const json& object, const json* old,
                    std::vector<FieldError>& errors) {
  const json spec = object.value("spec", json::object());
  const bool fixed = kind.plural == "pods" || kind.plural == "persistentvolumeclaims";
  if (kind.plural == "pods") require(errors, spec, "/containers", "spec.containers");
  if (kind.plural == "persistentvolumeclaims") {
    require(errors, spec, "/accessModes", "spec.accessModes");
    require(errors, spec, "/resources/requests/storage", "spec.resources[storage]");
  }
  if (old == nullptr) return;
  if (fixed && fixed_part(kind, spec) != fixed_part(kind, old->value("spec", json::object()))) {
    forbid(errors, "spec",
           kind.plural == "pods"
               ? "pod updates may not change fields other than image, activeDeadlineSeconds and "
                 "tolerations"
               : "spec is immutable after creation except resources.requests");
  }
  if (kind.plural == "persistentvolumeclaims") check_growth(object, *old, errors);
  if (kind.plural == "controllerrevisions" &&
      object.value("data", json()) != old->value("data", json())) {
    errors.push_back({"FieldValueInvalid", "data", "Invalid value: field is immutable"});
  }
}

// The fields that the real API server can select these kinds by, in part.
constexpr std::string_view kPodFields[] = {"status.phase", "spec.nodeName", "spec.restartPolicy"};

}  // namespace

Admission::Admission(const std::filesystem::path& crd_directory) : crd_directory_(crd_directory) {
  for (const Kind& kind : all_kinds()) {
    if (!kind.custom) continue;
    const std::string plural(kind.plural);
    crds_.emplace(plural, &Crd::load_once(crd_directory / (plural + ".yaml")));
  }
}

void Admission::redefine(const std::string& plural,
                         const std::function<void(json& schema)>& change) {
  const Crd& original = Crd::load_once(crd_directory_ / (plural + ".yaml"));
  crds_[plural] = &changed_.insert_or_assign(plural, original.changed(change)).first->second;
}

void Admission::begin(const Kind& kind, json& object) const {
  json& meta = object["metadata"];
  if (kind.has_status) object.erase("status");
  if (kind.counts_generation) meta["generation"] = 1;
  if (kind.plural == "pods") {
    object["status"] = {{"phase", "Pending"}, {"qosClass", "Burstable"}};
    json& spec = object["spec"];
    if (!spec.contains("restartPolicy")) spec["restartPolicy"] = "Always";
    if (!spec.contains("terminationGracePeriodSeconds")) spec["terminationGracePeriodSeconds"] = 30;
  } else if (kind.plural == "persistentvolumeclaims") {
    object["status"] = {{"phase", "Pending"}};
    json& spec = object["spec"];
    if (!spec.contains("volumeMode")) spec["volumeMode"] = "Filesystem";
    json& finalizers = meta["finalizers"];
    if (std::ranges::find(finalizers, "kubernetes.io/pvc-protection") == finalizers.end()) {
      finalizers.push_back("kubernetes.io/pvc-protection");
    }
  } else if (kind.plural == "namespaces") {
    object["spec"] = {{"finalizers", {"kubernetes"}}};
    object["status"] = {{"phase", "Active"}};
  }
}

void Admission::complete(const Kind& kind, json& object) const {
  const auto crd = crds_.find(kind.plural);
  if (crd != crds_.end()) crd->second->complete(object);
}

std::vector<FieldError> Admission::check(const Kind& kind, const json& object,
                                         const json* old) const {
  std::vector<FieldError> errors;
  check_name(object.at("metadata"), errors);
  check_owners(object.at("metadata"), errors);
  const auto crd = crds_.find(kind.plural);
  if (crd == crds_.end()) {
    check_built_in(kind, object, old, errors);
  } else {
    for (auto& error : crd->second->check(object, old)) errors.push_back(std::move(error));
  }
  return errors;
}

bool Admission::is_selectable(const Kind& kind, std::string_view label) const {
  if (label == "metadata.name" || label == "metadata.namespace") return true;
  const auto crd = crds_.find(kind.plural);
  if (crd != crds_.end()) {
    return std::ranges::count(crd->second->selectable_fields(), label) > 0;
  }
  return kind.plural == "pods" && std::ranges::count(kPodFields, label) > 0;
}

}  // namespace sojourn::fake
