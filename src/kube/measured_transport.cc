#include "sojourn/kube/measured_transport.h"

#include <utility>
#include <vector>

namespace sojourn::kube {
namespace {

const std::vector<double> kBuckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

}  // namespace

void MeasuredTransport::count(const Request& request, const Result<Response>& response) {
  std::string code = response ? std::to_string(response->status) : "<error>";
  telemetry_
      .counter({"rest_client_requests_total", "Calls to the API server by HTTP status."},
               {{"code", std::move(code)}, {"method", std::string(to_string(request.method))}})
      .add();
}

void MeasuredTransport::count_retry(const Request& request) {
  if (request.attempt == 1) return;
  telemetry_
      .counter({"rest_client_request_retries_total", "Reads that were sent again."},
               {{"verb", std::string(to_string(request.method))}})
      .add();
}

Result<Response> MeasuredTransport::send(const Request& request, std::stop_token stop) {
  count_retry(request);
  const SteadyTime begun = clock_.steady_now();
  auto response = transport_.send(request, std::move(stop));
  const std::chrono::duration<double> took = clock_.steady_now() - begun;
  telemetry_
      .histogram({"rest_client_request_duration_seconds", "How long calls to the API server took."},
                 kBuckets, {{"verb", std::string(to_string(request.method))}})
      .observe(took.count());
  count(request, response);
  return response;
}

Result<Response> MeasuredTransport::stream(const Request& request, const ChunkHandler& on_chunk,
                                           std::stop_token stop) {
  count_retry(request);
  auto response = transport_.stream(request, on_chunk, std::move(stop));
  count(request, response);
  return response;
}

}  // namespace sojourn::kube
