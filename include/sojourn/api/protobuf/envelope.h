#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/meta.h"
#include "sojourn/base/result.h"

// What surrounds the objects in an answer of the API server in protobuf, whose media type is
// application/vnd.kubernetes.protobuf. Views refer to what was read.
namespace sojourn::api {

// Every body begins with these bytes, every event of a watch has its object after them; no JSON
// does.
inline constexpr std::string_view kProtobufMagic{"k8s\0", 4};

// A message runtime.Unknown: the object and what it is.
struct Envelope {
  std::string_view kind;
  std::string_view object;
};
// `bytes` with the magic at their beginning. Errors: Malformed.
Result<Envelope> open_envelope(std::string_view bytes);

// A message metav1.ListMeta.
struct ListMeta {
  std::string continue_;
  std::string resource_version;
};
// Errors: Malformed.
Result<ListMeta> decode_list_meta_message(std::string_view message);

// A message metav1.WatchEvent.
struct WatchEventMessage {
  std::string_view type;
  Envelope object;
};
// Errors: Malformed.
Result<WatchEventMessage> decode_watch_event_message(std::string_view message);

// Name, namespace and resourceVersion of any object, as far as they can be read from its beginning;
// the other members stay empty.
ObjectMeta identify_message(std::string_view message);

}  // namespace sojourn::api
