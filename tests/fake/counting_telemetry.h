#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sojourn/base/telemetry.h"

namespace sojourn::fake {

// Keeps the value of every series under the name Prometheus would print: name{a="b"}. Of a
// histogram it keeps the number of observations and their sum. Thread-safe.
class CountingTelemetry final : public Telemetry {
 public:
  Counter& counter(MetricName name, MetricLabels labels) override { return at(name, labels); }
  Gauge& gauge(MetricName name, MetricLabels labels) override { return at(name, labels); }
  Histogram& histogram(MetricName name, const std::vector<double>&, MetricLabels labels) override {
    return at(name, labels);
  }
  void on_collect(std::function<void()> collect) override {
    const std::lock_guard lock(mutex_);
    collectors_.push_back(std::move(collect));
  }

  // Runs the collectors, as a page of metrics would.
  void collect() const {
    for (const auto& collector : collectors_) collector();
  }
  // 0 for a series that nobody has made.
  double value(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = series_.find(name);
    return found == series_.end() ? 0 : found->second.value.load();
  }
  // Of all that a histogram has observed; 0 for one that nobody has made.
  double sum(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = series_.find(name);
    return found == series_.end() ? 0 : found->second.sum.load();
  }
  bool has(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return series_.contains(name);
  }

 private:
  struct Series final : Counter, Gauge, Histogram {
    std::atomic<double> value{0};
    std::atomic<double> sum{0};
    void add(double amount) override { value += amount; }
    void set(double to) override { value = to; }
    void observe(double amount) override {
      value += 1;
      sum += amount;
    }
  };

  Series& at(MetricName name, const MetricLabels& labels) {
    std::string key(name.name);
    char separator = '{';
    for (const auto& [label, text] : labels) {
      key += separator + label + "=\"" + text + "\"";
      separator = ',';
    }
    if (!labels.empty()) key += '}';
    const std::lock_guard lock(mutex_);
    return series_[key];
  }

  mutable std::mutex mutex_;  // guards both; collectors run without it
  std::map<std::string, Series> series_;
  std::vector<std::function<void()>> collectors_;
};

}  // namespace sojourn::fake
