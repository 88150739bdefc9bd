#include "sojourn/api/json/persistent_volume_claim_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/writer.h"

namespace sojourn::api {
namespace {

void read_claim(const ObjectView& root, PersistentVolumeClaim& claim) {
  const ObjectView spec = root.object("spec");
  claim.access_modes = spec.texts("accessModes");
  claim.requested_size =
      spec.object("resources").object("requests").quantity("storage").value_or("");
  claim.storage_class_name = spec.optional_text("storageClassName");
  claim.volume_name = spec.text("volumeName");
  const ObjectView status = root.object("status");
  if (const auto phase = status.optional_text("phase")) claim.phase = parse_claim_phase(*phase);
  claim.capacity = status.object("capacity").quantity("storage").value_or("");
}

}  // namespace

Result<PersistentVolumeClaim> decode_persistent_volume_claim(std::string_view json) {
  return decode_object<PersistentVolumeClaim>(json, "PersistentVolumeClaim", KeptKeys::Own,
                                              read_claim);
}

std::string encode_persistent_volume_claim(const PersistentVolumeClaim& claim) {
  Json spec = Json::object();
  put(spec, "accessModes", claim.access_modes);
  if (!claim.requested_size.empty()) {
    spec["resources"]["requests"]["storage"] = claim.requested_size;
  }
  put(spec, "storageClassName", claim.storage_class_name);
  put(spec, "volumeName", claim.volume_name);
  Json json = begin_object("v1", "PersistentVolumeClaim", claim.meta);
  json["spec"] = std::move(spec);
  return dump(json);
}

std::string encode_growth_patch(const std::string& size, std::string_view resource_version) {
  return dump({{"metadata", {{"resourceVersion", resource_version}}},
               {"spec", {{"resources", {{"requests", {{"storage", size}}}}}}}});
}

std::string encode_metadata_patch(const MetadataPatch& changes, std::string_view resource_version) {
  ObjectMeta meta;
  meta.resource_version = resource_version;
  if (changes.owner_references) meta.owner_references = *changes.owner_references;
  Json metadata = write_meta(meta);
  // The writer leaves out what is empty.
  if (changes.owner_references && changes.owner_references->empty()) {
    metadata["ownerReferences"] = nullptr;
  }
  const auto add = [&](const char* name, const MetadataPatch::Changes& entries) {
    for (const auto& [key, value] : entries) metadata[name][key] = value ? Json(*value) : Json();
  };
  add("labels", changes.labels);
  add("annotations", changes.annotations);
  return dump({{"metadata", std::move(metadata)}});
}

}  // namespace sojourn::api
