#include "http/client/exchange.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include "http/client/response_parser.h"

namespace sojourn::http {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

}  // namespace

Exchange::Exchange(Channel& channel, Clock& clock, const Patience& patience,
                   const kube::ChunkHandler* sink, std::size_t max_kept_bytes)
    : channel_(channel),
      clock_(clock),
      patience_(patience),
      sink_(sink),
      max_kept_bytes_(max_kept_bytes) {}

SteadyTime Exchange::next_deadline() const {
  return std::min(patience_.deadline, clock_.steady_now() + patience_.silence);
}

Result<kube::Response> Exchange::run(std::string_view request_text) {
  if (auto sent = channel_.write(request_text, next_deadline()); !sent) return sent.error();
  const auto memory = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  const std::span buffer(memory.get(), kBufferBytes);
  std::size_t filled = 0;  // bytes at the front of buffer that the parser has not taken yet
  std::optional<ResponseParser> parser(std::in_place, channel_.peer(), sink_, max_kept_bytes_);
  while (!parser->complete()) {
    if (filled == buffer.size()) {
      return Error{ErrorCode::Malformed,
                   "the answer of " + channel_.peer() + " is not HTTP: a line of it does not end"};
    }
    auto got = channel_.read_some(buffer.subspan(filled), next_deadline());
    if (!got) return got.error();
    if (*got == 0) {
      if (auto ended = parser->feed_end(); !ended) return ended.error();
      break;
    }
    answered_ = true;
    filled += *got;
    std::size_t used = 0;
    while (used < filled && !parser->complete()) {
      auto taken = parser->feed({buffer.data() + used, filled - used});
      if (!taken) return taken.error();
      used += *taken;
      if (parser->interim_complete()) {
        parser.emplace(channel_.peer(), sink_, max_kept_bytes_);
      } else if (*taken == 0) {
        break;
      }
    }
    filled -= used;
    std::memmove(buffer.data(), buffer.data() + used, filled);
  }
  // Bytes after the end would be taken for the answer to the next request.
  reusable_ = parser->reusable() && filled == 0;
  return parser->take_response();
}

}  // namespace sojourn::http
