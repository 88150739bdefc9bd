#include "sojourn/kube/limited_transport.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sojourn::kube {
namespace {

const std::vector<double> kBuckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

}  // namespace

LimitedTransport::LimitedTransport(Transport& transport, Limit limit, Clock& clock,
                                   Telemetry& telemetry)
    : transport_(transport),
      limit_(limit),
      clock_(clock),
      waited_(telemetry.histogram({"rest_client_rate_limiter_duration_seconds",
                                   "How long writes waited for our own rate limit."},
                                  kBuckets)),
      tokens_(limit.burst),
      counted_at_(clock.steady_now()) {}

SteadyTime LimitedTransport::reserve(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const std::chrono::duration<double> since = now - counted_at_;
  tokens_ = std::min(limit_.burst, tokens_ + since.count() * limit_.writes_per_second);
  counted_at_ = now;
  tokens_ -= 1;
  if (tokens_ >= 0) return now;
  const std::chrono::duration<double> wait(-tokens_ / limit_.writes_per_second);
  return now + std::chrono::duration_cast<std::chrono::nanoseconds>(wait);
}

Result<Response> LimitedTransport::send(const Request& request, std::stop_token stop) {
  if (request.method == Method::Get) return transport_.send(request, std::move(stop));
  const SteadyTime now = clock_.steady_now();
  const SteadyTime turn = reserve(now);
  waited_.observe(std::chrono::duration<double>(turn - now).count());
  if (turn > now && !sleep_until(clock_, turn, stop)) {
    return Error{ErrorCode::Cancelled, "stopped while waiting for the rate limit"};
  }
  return transport_.send(request, std::move(stop));
}

Result<Response> LimitedTransport::stream(const Request& request, const ChunkHandler& on_chunk,
                                          std::stop_token stop) {
  return transport_.stream(request, on_chunk, std::move(stop));
}

}  // namespace sojourn::kube
