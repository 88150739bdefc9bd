#include "api/protobuf/meta_protobuf.h"

#include "api/protobuf/field_reader.h"

namespace sojourn::api {
namespace {

// The numbers of k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto.
struct TimeField {
  enum : std::uint32_t { kSeconds = 1 };
};
struct EntryField {
  enum : std::uint32_t { kKey = 1, kValue = 2 };
};
struct OwnerField {
  enum : std::uint32_t { kKind = 1, kName = 3, kUid = 4, kApiVersion = 5, kController = 6 };
};
struct MetaField {
  enum : std::uint32_t {
    kName = 1,
    kNamespace = 3,
    kUid = 5,
    kResourceVersion = 6,
    kGeneration = 7,
    kCreationTimestamp = 8,
    kDeletionTimestamp = 9,
    kLabels = 11,
    kAnnotations = 12,
    kOwnerReferences = 13
  };
};

OwnerReference read_owner(std::string_view message) {
  OwnerReference owner;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case OwnerField::kKind:
        owner.kind = field.text();
        break;
      case OwnerField::kName:
        owner.name = field.text();
        break;
      case OwnerField::kUid:
        owner.uid = field.text();
        break;
      case OwnerField::kApiVersion:
        owner.api_version = field.text();
        break;
      case OwnerField::kController:
        owner.controller = field.flag();
        break;
    }
  }
  return owner;
}

void keep_entry(std::string_view message, KeptKeys keys, StringMap& map) {
  const MapEntry entry = read_entry(message);
  if (is_kept(keys, entry.key)) map.insert_or_assign(std::string(entry.key), entry.value);
}

}  // namespace

std::optional<Time> read_time(std::string_view message) {
  std::int64_t seconds = 0;
  for (FieldReader field(message); field.next();) {
    if (field.number() == TimeField::kSeconds) seconds = field.integer();
  }
  if (seconds == 0) return std::nullopt;
  return Time(std::chrono::seconds(seconds));
}

MapEntry read_entry(std::string_view message) {
  MapEntry entry;
  for (FieldReader field(message); field.next();) {
    if (field.number() == EntryField::kKey) entry.key = field.bytes();
    if (field.number() == EntryField::kValue) entry.value = field.bytes();
  }
  return entry;
}

ObjectMeta read_meta(std::string_view message, KeptKeys keys) {
  ObjectMeta meta;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case MetaField::kName:
        meta.name = field.text();
        break;
      case MetaField::kNamespace:
        meta.namespace_ = field.text();
        break;
      case MetaField::kUid:
        meta.uid = field.text();
        break;
      case MetaField::kResourceVersion:
        meta.resource_version = field.text();
        break;
      case MetaField::kGeneration:
        meta.generation = field.integer();
        break;
      case MetaField::kCreationTimestamp:
        meta.creation_timestamp = read_time(field.bytes());
        break;
      case MetaField::kDeletionTimestamp:
        meta.deletion_timestamp = read_time(field.bytes());
        break;
      case MetaField::kLabels:
        keep_entry(field.bytes(), keys, meta.labels);
        break;
      case MetaField::kAnnotations:
        keep_entry(field.bytes(), keys, meta.annotations);
        break;
      case MetaField::kOwnerReferences:
        meta.owner_references.push_back(read_owner(field.bytes()));
        break;
    }
  }
  return meta;
}

ObjectMeta read_identity(std::string_view message) {
  ObjectMeta meta;
  for (FieldReader field(message); field.next();) {
    if (field.number() == MetaField::kName) meta.name = field.text();
    if (field.number() == MetaField::kNamespace) meta.namespace_ = field.text();
    if (field.number() == MetaField::kResourceVersion) {
      meta.resource_version = field.text();
      break;  // labels and what managers own come after it
    }
  }
  return meta;
}

}  // namespace sojourn::api
