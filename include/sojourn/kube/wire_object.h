#pragma once

#include <functional>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/json_scanner.h"
#include "sojourn/kube/resource.h"

namespace sojourn::kube {

enum class Encoding { Json, Protobuf };

// One object as the API server sent it in a list or a watch. The bytes are valid only during the
// call that hands it out.
struct WireObject {
  std::string_view bytes;  // JSON, or a protobuf message without an envelope
  Encoding encoding = Encoding::Json;
  bool cut = false;  // it was too long: only its beginning is here
};

// An error ends the reading and is what the reader returns.
using ObjectHandler = std::function<Result<void>(const WireObject& object)>;

// As much as can be told, even of an object that is cut off or of odd types. A kind is named by
// JSON alone.
Identity identify(const WireObject& object);

// Errors: TooLarge for an object that is cut, Malformed.
template <Readable T>
Result<T> decode(const WireObject& object) {
  if (object.cut) return Error{ErrorCode::TooLarge, "the object is too large to be read"};
  if constexpr (ReadableAsProtobuf<T>) {
    if (object.encoding == Encoding::Protobuf) {
      return ResourceTraits<T>::decode_message(object.bytes);
    }
  }
  return ResourceTraits<T>::decode(object.bytes);
}

}  // namespace sojourn::kube
