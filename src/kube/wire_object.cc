#include "sojourn/kube/wire_object.h"

#include <utility>

#include "sojourn/api/protobuf/envelope.h"

namespace sojourn::kube {

Identity identify(const WireObject& object) {
  switch (object.encoding) {
    case Encoding::Json:
      return identify(object.bytes);
    case Encoding::Protobuf:
      break;
  }
  api::ObjectMeta meta = api::identify_message(object.bytes);
  return {.kind = {}, .key = key_of(meta), .resource_version = std::move(meta.resource_version)};
}

}  // namespace sojourn::kube
