#include "sojourn/base/telemetry.h"

namespace sojourn {
namespace {

class NullCounter final : public Counter {
 public:
  void add(double) override {}
};

class NullGauge final : public Gauge {
 public:
  void set(double) override {}
  void add(double) override {}
};

class NullHistogram final : public Histogram {
 public:
  void observe(double) override {}
};

class NullTelemetry final : public Telemetry {
 public:
  Counter& counter(MetricName, MetricLabels) override { return counter_; }
  Gauge& gauge(MetricName, MetricLabels) override { return gauge_; }
  Histogram& histogram(MetricName, const std::vector<double>&, MetricLabels) override {
    return histogram_;
  }
  void on_collect(std::function<void()>) override {}

 private:
  NullCounter counter_;
  NullGauge gauge_;
  NullHistogram histogram_;
};

}  // namespace

std::unique_ptr<Telemetry> make_null_telemetry() {
  return std::make_unique<NullTelemetry>();
}

}  // namespace sojourn
