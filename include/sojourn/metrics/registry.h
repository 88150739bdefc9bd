#pragma once

#include <memory>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/base/telemetry.h"

namespace sojourn::metrics {

// Keeps the program's metrics and writes them as a page for Prometheus. Thread-safe. A name stands
// for one kind of metric with one help text: those of the first call count. A name or label that
// Prometheus does not allow, or a name used for two kinds, is a programming error: what is counted
// under it is lost, and sojourn_metric_errors_total tells of it.
class Registry final : public Telemetry {
 public:
  // With the process_* metrics of this process; `clock` must outlive it.
  explicit Registry(Clock& clock);
  ~Registry() override;

  Counter& counter(MetricName name, MetricLabels labels) override;
  Gauge& gauge(MetricName name, MetricLabels labels) override;
  Histogram& histogram(MetricName name, const std::vector<double>& buckets,
                       MetricLabels labels) override;
  void on_collect(std::function<void()> collect) override;

  // The page in Prometheus' text format 0.0.4, content type kContentType.
  std::string page();
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn::metrics
