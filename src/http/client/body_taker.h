#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

// Where the body of a response goes: to `sink` when that is given and the status is 2xx, otherwise
// into the response, where it may hold at most `max_kept_bytes`. `peer` is for messages; `sink`
// must outlive it.
class BodyTaker {
 public:
  BodyTaker(std::string peer, const kube::ChunkHandler* sink, std::size_t max_kept_bytes);

  // `response` carries the status already. Errors: TooLarge, Internal (the sink threw), and those
  // of the sink.
  Result<void> take(std::string_view bytes, kube::Response& response) const;

 private:
  const std::string peer_;
  const kube::ChunkHandler* const sink_;
  const std::size_t max_kept_bytes_;
};

}  // namespace sojourn::http
