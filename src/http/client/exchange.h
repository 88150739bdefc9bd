#pragma once

#include <cstddef>
#include <string_view>

#include "http/client/channel.h"
#include "http/client/patience.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

// One request and its response over one channel, used once. Not thread-safe; what it refers to must
// outlive it.
class Exchange {
 public:
  // `sink` takes the body of a 2xx response; null: the response keeps it, up to `max_kept_bytes`,
  // as it does for every other status.
  Exchange(Channel& channel, Clock& clock, const Patience& patience, const kube::ChunkHandler* sink,
           std::size_t max_kept_bytes);

  // Errors: those of Channel and ResponseParser.
  Result<kube::Response> run(std::string_view request_text);

  // A byte of the response has arrived.
  bool answered() const { return answered_; }
  // The response was complete and the channel may carry another request.
  bool reusable() const { return reusable_; }

 private:
  SteadyTime next_deadline() const;

  Channel& channel_;
  Clock& clock_;
  const Patience patience_;
  const kube::ChunkHandler* const sink_;
  const std::size_t max_kept_bytes_;
  bool answered_ = false;
  bool reusable_ = false;
};

}  // namespace sojourn::http
