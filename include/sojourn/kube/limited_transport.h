#pragma once

#include <mutex>

#include "sojourn/base/clock.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/transport.h"

namespace sojourn::kube {

// Lets at most so many writes a second through, in bursts: the rest wait their turn on their own
// thread. Reads, lists and watches pass untouched. A Lease must not go through it. Thread-safe; all
// references must outlive it.
class LimitedTransport final : public Transport {
 public:
  // Ten thousand Sessions that end within a minute are thirty thousand writes: status, pod, Event.
  struct Limit {
    double writes_per_second = 1000;
    double burst = 1000;
  };

  LimitedTransport(Transport& transport, Limit limit, Clock& clock, Telemetry& telemetry);

  // Cancelled when stop is requested while the write waits.
  Result<Response> send(const Request& request, std::stop_token stop) override;
  Result<Response> stream(const Request& request, const ChunkHandler& on_chunk,
                          std::stop_token stop) override;

 private:
  // Takes the next write's turn; returns when it comes.
  SteadyTime reserve(SteadyTime now);

  Transport& transport_;
  const Limit limit_;
  Clock& clock_;
  Histogram& waited_;
  std::mutex mutex_;  // guards both
  double tokens_;     // below zero: writes that wait
  SteadyTime counted_at_;
};

}  // namespace sojourn::kube
