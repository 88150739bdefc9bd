#pragma once

#include "sojourn/base/clock.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/transport.h"

namespace sojourn::kube {

// Counts the calls that pass through it as client-go does: rest_client_requests_total{code,method},
// rest_client_request_retries_total{verb} and, of send alone,
// rest_client_request_duration_seconds{verb}. Thread-safe; all references must outlive it.
class MeasuredTransport final : public Transport {
 public:
  MeasuredTransport(Transport& transport, Clock& clock, Telemetry& telemetry)
      : transport_(transport), clock_(clock), telemetry_(telemetry) {}

  Result<Response> send(const Request& request, std::stop_token stop) override;
  Result<Response> stream(const Request& request, const ChunkHandler& on_chunk,
                          std::stop_token stop) override;

 private:
  void count_retry(const Request& request);
  void count(const Request& request, const Result<Response>& response);

  Transport& transport_;
  Clock& clock_;
  Telemetry& telemetry_;
};

}  // namespace sojourn::kube
