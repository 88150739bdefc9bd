#include "sojourn/api/protobuf/persistent_volume_claim_protobuf.h"

#include "api/protobuf/decode_message.h"

namespace sojourn::api {
namespace {

// The numbers of k8s.io/api/core/v1/generated.proto and of k8s.io/apimachinery/pkg/api/resource.
struct SpecField {
  enum : std::uint32_t { kAccessModes = 1, kResources = 2, kVolumeName = 3, kStorageClassName = 5 };
};
struct ResourcesField {
  enum : std::uint32_t { kRequests = 2 };
};
struct StatusField {
  enum : std::uint32_t { kPhase = 1, kCapacity = 3 };
};
struct QuantityField {
  enum : std::uint32_t { kString = 1 };
};

constexpr std::string_view kStorage = "storage";

// Takes the quantity of one entry of a ResourceList when it is that of storage.
void take_storage(std::string_view message, std::string& size) {
  const MapEntry entry = read_entry(message);
  if (entry.key == kStorage) size = value_at(entry.value, QuantityField::kString);
}

void read_spec(std::string_view message, PersistentVolumeClaim& claim) {
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case SpecField::kAccessModes:
        claim.access_modes.push_back(field.text());
        break;
      case SpecField::kResources:
        for (FieldReader inner(field.bytes()); inner.next();) {
          if (inner.number() != ResourcesField::kRequests) continue;
          take_storage(inner.bytes(), claim.requested_size);
        }
        break;
      case SpecField::kVolumeName:
        claim.volume_name = field.text();
        break;
      case SpecField::kStorageClassName:
        claim.storage_class_name = field.text();
        break;
    }
  }
}

void read_status(std::string_view message, PersistentVolumeClaim& claim) {
  for (FieldReader field(message); field.next();) {
    if (field.number() == StatusField::kPhase) {
      const auto phase = field.bytes();
      // Go writes a phase that is not set as an empty text.
      if (!phase.empty()) claim.phase = parse_claim_phase(phase);
    } else if (field.number() == StatusField::kCapacity) {
      take_storage(field.bytes(), claim.capacity);
    }
  }
}

void fill_claim(FieldReader& field, PersistentVolumeClaim& claim) {
  if (field.number() == ObjectField::kSpec) read_spec(field.bytes(), claim);
  if (field.number() == ObjectField::kStatus) read_status(field.bytes(), claim);
}

}  // namespace

Result<PersistentVolumeClaim> decode_persistent_volume_claim_message(std::string_view message) {
  return decode_message<PersistentVolumeClaim>(message, "PersistentVolumeClaim", fill_claim);
}

}  // namespace sojourn::api
