#include "api/protobuf/decode_message.h"

namespace sojourn::api {

Error message_error(std::string_view kind, const ObjectMeta& meta, std::string_view what) {
  std::string text = "decode " + std::string(kind);
  if (!meta.name.empty()) {
    text += " " + (meta.namespace_.empty() ? "" : meta.namespace_ + "/") + meta.name;
  }
  return {ErrorCode::Malformed, text.append(": ").append(what)};
}

}  // namespace sojourn::api
