#include "sojourn/api/protobuf/pod_protobuf.h"

#include "api/protobuf/decode_message.h"
#include "api/protobuf/pod_status_protobuf.h"

namespace sojourn::api {
namespace {

// The numbers of k8s.io/api/core/v1/generated.proto.
struct SpecField {
  enum : std::uint32_t { kVolumes = 1, kNodeName = 10 };
};
struct VolumeField {
  enum : std::uint32_t { kSource = 2 };
};
struct SourceField {
  enum : std::uint32_t { kPersistentVolumeClaim = 10 };
};
struct ClaimSourceField {
  enum : std::uint32_t { kClaimName = 1 };
};

void fill_pod(FieldReader& field, Pod& pod) {
  if (field.number() == ObjectField::kSpec) {
    pod.spec.node_name = value_at(field.bytes(), SpecField::kNodeName);
  } else if (field.number() == ObjectField::kStatus) {
    pod.status = read_pod_status(field.bytes());
  }
}

// Every claim of the spec, and whether the pod has ended: which comes first is not said.
struct Mounting {
  ObjectMeta meta;
  std::vector<std::string> claims;
  PodPhase phase = PodPhase::Pending;
};

void fill_mounting(FieldReader& field, Mounting& pod) {
  if (field.number() == ObjectField::kStatus) pod.phase = read_pod_phase(field.bytes());
  if (field.number() != ObjectField::kSpec) return;
  for (FieldReader inner(field.bytes()); inner.next();) {
    if (inner.number() != SpecField::kVolumes) continue;
    const auto source = value_at(inner.bytes(), VolumeField::kSource);
    const auto claim = value_at(source, SourceField::kPersistentVolumeClaim);
    const auto name = value_at(claim, ClaimSourceField::kClaimName);
    if (!name.empty()) pod.claims.emplace_back(name);
  }
}

}  // namespace

Result<Pod> decode_pod_message(std::string_view message) {
  return decode_message<Pod>(message, "Pod", fill_pod);
}

Result<PodMounts> decode_pod_mounts_message(std::string_view message) {
  auto pod = decode_message<Mounting>(message, "Pod", fill_mounting);
  if (!pod) return pod.error();
  const bool ended = pod->phase == PodPhase::Succeeded || pod->phase == PodPhase::Failed;
  if (ended) pod->claims.clear();
  return PodMounts{std::move(pod->meta), std::move(pod->claims)};
}

}  // namespace sojourn::api
