#include "sojourn/api/protobuf/envelope.h"

#include "api/protobuf/decode_message.h"

namespace sojourn::api {
namespace {

// The numbers of generated.proto of k8s.io/apimachinery/pkg/runtime and …/pkg/apis/meta/v1.
struct UnknownField {
  enum : std::uint32_t { kTypeMeta = 1, kRaw = 2 };
};
struct TypeMetaField {
  enum : std::uint32_t { kKind = 2 };
};
struct ListMetaField {
  enum : std::uint32_t { kResourceVersion = 2, kContinue = 3 };
};
struct EventField {
  enum : std::uint32_t { kType = 1, kObject = 2 };
};
struct RawExtensionField {
  enum : std::uint32_t { kRaw = 1 };
};

Error malformed(std::string_view what) {
  return {ErrorCode::Malformed,
          "the answer is no protobuf of the Kubernetes API: " + std::string(what)};
}

}  // namespace

Result<Envelope> open_envelope(std::string_view bytes) {
  if (!bytes.starts_with(kProtobufMagic)) return malformed("it does not begin as one");
  Envelope envelope;
  try {
    for (FieldReader field(bytes.substr(kProtobufMagic.size())); field.next();) {
      if (field.number() == UnknownField::kTypeMeta)
        envelope.kind = value_at(field.bytes(), TypeMetaField::kKind);
      if (field.number() == UnknownField::kRaw) envelope.object = field.bytes();
    }
  } catch (const protozero::exception& exception) {
    return malformed(exception.what());
  }
  return envelope;
}

Result<ListMeta> decode_list_meta_message(std::string_view message) {
  ListMeta meta;
  try {
    for (FieldReader field(message); field.next();) {
      if (field.number() == ListMetaField::kContinue) meta.continue_ = field.text();
      if (field.number() == ListMetaField::kResourceVersion) meta.resource_version = field.text();
    }
  } catch (const protozero::exception& exception) {
    return malformed(exception.what());
  }
  return meta;
}

Result<WatchEventMessage> decode_watch_event_message(std::string_view message) {
  WatchEventMessage event;
  std::string_view object;
  try {
    for (FieldReader field(message); field.next();) {
      if (field.number() == EventField::kType) event.type = field.bytes();
      if (field.number() == EventField::kObject)
        object = value_at(field.bytes(), RawExtensionField::kRaw);
    }
  } catch (const protozero::exception& exception) {
    return malformed(exception.what());
  }
  if (event.type.empty()) return malformed("an event of the watch carries no type");
  auto envelope = open_envelope(object);
  if (!envelope) return envelope.error();
  event.object = *envelope;
  return event;
}

ObjectMeta identify_message(std::string_view message) {
  try {
    for (FieldReader field(message); field.next();) {
      // The server writes the metadata first: what follows need not be walked over.
      if (field.number() == ObjectField::kMetadata) return read_identity(field.bytes());
    }
  } catch (const protozero::exception&) {
    return {};  // it is read again by a decoder, which tells what is wrong with it
  }
  return {};
}

}  // namespace sojourn::api
