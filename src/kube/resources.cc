#include "sojourn/kube/resources.h"

#include "sojourn/api/json/controller_revision_json.h"
#include "sojourn/api/json/event_json.h"
#include "sojourn/api/json/lease_json.h"
#include "sojourn/api/json/persistent_volume_claim_json.h"
#include "sojourn/api/json/pod_json.h"
#include "sojourn/api/json/pod_mounts_json.h"
#include "sojourn/api/json/session_json.h"
#include "sojourn/api/json/session_template_json.h"
#include "sojourn/api/protobuf/persistent_volume_claim_protobuf.h"
#include "sojourn/api/protobuf/pod_protobuf.h"

namespace sojourn::kube {

Result<api::Session> ResourceTraits<api::Session>::decode(std::string_view json) {
  return api::decode_session(json);
}

Result<api::SessionTemplate> ResourceTraits<api::SessionTemplate>::decode(std::string_view json) {
  return api::decode_session_template(json);
}

Result<api::Pod> ResourceTraits<api::Pod>::decode(std::string_view json) {
  return api::decode_pod(json);
}
Result<api::Pod> ResourceTraits<api::Pod>::decode_message(std::string_view message) {
  return api::decode_pod_message(message);
}
Result<std::string> ResourceTraits<api::Pod>::encode(const api::Pod& pod) {
  return api::encode_pod(pod);
}

Result<api::PodMounts> ResourceTraits<api::PodMounts>::decode(std::string_view json) {
  return api::decode_pod_mounts(json);
}
Result<api::PodMounts> ResourceTraits<api::PodMounts>::decode_message(std::string_view message) {
  return api::decode_pod_mounts_message(message);
}

Result<api::PersistentVolumeClaim> ResourceTraits<api::PersistentVolumeClaim>::decode(
    std::string_view json) {
  return api::decode_persistent_volume_claim(json);
}
Result<api::PersistentVolumeClaim> ResourceTraits<api::PersistentVolumeClaim>::decode_message(
    std::string_view message) {
  return api::decode_persistent_volume_claim_message(message);
}
Result<std::string> ResourceTraits<api::PersistentVolumeClaim>::encode(
    const api::PersistentVolumeClaim& claim) {
  return api::encode_persistent_volume_claim(claim);
}

Result<api::ControllerRevision> ResourceTraits<api::ControllerRevision>::decode(
    std::string_view json) {
  return api::decode_controller_revision(json);
}
Result<std::string> ResourceTraits<api::ControllerRevision>::encode(
    const api::ControllerRevision& revision) {
  return api::encode_controller_revision(revision);
}

Result<api::Lease> ResourceTraits<api::Lease>::decode(std::string_view json) {
  return api::decode_lease(json);
}
Result<std::string> ResourceTraits<api::Lease>::encode(const api::Lease& lease) {
  return api::encode_lease(lease);
}

Result<std::string> ResourceTraits<api::Event>::encode(const api::Event& event) {
  return api::encode_event(event);
}

}  // namespace sojourn::kube
