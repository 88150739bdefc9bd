#include "http/client/answer_error.h"

namespace sojourn::http {

Error header_too_large(const std::string& peer) {
  return {ErrorCode::TooLarge, "the header of the answer of " + peer + " is larger than " +
                                   std::to_string(kMaxHeaderBytes / 1024) + " KiB"};
}

Error not_http(const std::string& peer, std::string_view why) {
  return {ErrorCode::Malformed, "the answer of " + peer + " is not HTTP: " + std::string(why)};
}

}  // namespace sojourn::http
