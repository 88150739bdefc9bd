#pragma once

#include <protozero/exception.hpp>
#include <string>
#include <string_view>

#include "api/protobuf/field_reader.h"
#include "api/protobuf/meta_protobuf.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Every object of the API has these fields.
struct ObjectField {
  enum : std::uint32_t { kMetadata = 1, kSpec = 2, kStatus = 3 };
};

// "decode Pod a/b: <what>"
Error message_error(std::string_view kind, const ObjectMeta& meta, std::string_view what);

// How every object is read: its metadata is the same for all, `fill` reads spec and status. A name
// is always there.
template <typename T>
Result<T> decode_message(std::string_view message, std::string_view kind,
                         void (*fill)(FieldReader& field, T& object)) {
  T object;
  try {
    for (FieldReader field(message); field.next();) {
      if (field.number() == ObjectField::kMetadata) {
        object.meta = read_meta(field.bytes(), KeptKeys::Own);
      } else {
        fill(field, object);
      }
    }
  } catch (const protozero::exception& exception) {
    return message_error(kind, object.meta, exception.what());
  }
  if (object.meta.name.empty()) {
    return message_error(kind, object.meta, "metadata.name: is missing");
  }
  return object;
}

}  // namespace sojourn::api
