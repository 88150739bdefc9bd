#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn {

// What code counts through, so that only metrics/ knows how metrics are kept. References handed out
// stay valid as long as the Telemetry; all calls are thread-safe and cheap, none throws or blocks.

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

struct MetricName {
  std::string_view name;  // base units (seconds, bytes) in the name, as Prometheus asks
  std::string_view help;
};
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Telemetry {
 public:
  virtual ~Telemetry() = default;
  // The time series of that name and those labels, made (and primed to 0) at the first call.
  // Resolve once and keep the reference where the labels are fixed. Never a Session's name as a
  // label.
  virtual Counter& counter(MetricName name, MetricLabels labels = {}) = 0;
  virtual Gauge& gauge(MetricName name, MetricLabels labels = {}) = 0;
  virtual Histogram& histogram(MetricName name, const std::vector<double>& buckets,
                               MetricLabels labels = {}) = 0;
  // `collect` runs before each page of metrics is made, on the thread that asks for the page.
  virtual void on_collect(std::function<void()> collect) = 0;
};

// Counts nothing: for tests and for tools without metrics.
std::unique_ptr<Telemetry> make_null_telemetry();

}  // namespace sojourn
