#include "http/client/body_taker.h"

#include <exception>
#include <utility>

namespace sojourn::http {

BodyTaker::BodyTaker(std::string peer, const kube::ChunkHandler* sink, std::size_t max_kept_bytes)
    : peer_(std::move(peer)), sink_(sink), max_kept_bytes_(max_kept_bytes) {}

Result<void> BodyTaker::take(std::string_view bytes, kube::Response& response) const {
  if (bytes.empty()) return {};
  if (sink_ == nullptr || response.status / 100 != 2) {
    if (response.body.size() + bytes.size() > max_kept_bytes_) {
      return Error{ErrorCode::TooLarge, "the answer of " + peer_ + " is larger than " +
                                            std::to_string(max_kept_bytes_ / 1024) + " KiB"};
    }
    response.body += bytes;
    return {};
  }
  try {
    return (*sink_)(bytes);
  } catch (const std::exception& thrown) {
    return Error{ErrorCode::Internal,
                 "the reader of the answer of " + peer_ + " threw: " + thrown.what()};
  }
}

}  // namespace sojourn::http
