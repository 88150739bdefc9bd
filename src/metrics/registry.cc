#include "sojourn/metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <exception>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>
#include <vector>

#include "metrics/process.h"

namespace sojourn::metrics {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double amount) override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }
  void add(double amount) override { gauge_.Increment(amount); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

// The series of one kind of metric that were handed out, by name and labels. A map keeps references
// valid.
template <typename Wrapper>
using Series = std::map<std::pair<std::string, MetricLabels>, Wrapper>;

prometheus::Labels to_prometheus(const MetricLabels& labels) {
  return {labels.begin(), labels.end()};
}

}  // namespace

class Registry::Impl {
 public:
  // `add` makes the series in prometheus-cpp's registry the first time it is asked for. It throws
  // at a name or label that cannot be used: what is counted under it then goes to `lost`, which no
  // page shows.
  template <typename Wrapper, typename Metric, typename Add>
  Wrapper& find_or_add(Series<Wrapper>& series, MetricName name, MetricLabels labels, Metric& lost,
                       Add add) {
    const std::lock_guard lock(mutex_);
    std::pair key(std::string(name.name), std::move(labels));
    const auto found = series.find(key);
    if (found != series.end()) return found->second;
    Metric* made = &lost;
    try {
      made = &add(registry_, to_prometheus(key.second));
    } catch (const std::exception&) {
      errors_.Increment();
    }
    return series.emplace(std::move(key), Wrapper(*made)).first->second;
  }

  std::string page() {
    const std::lock_guard one_page(page_mutex_);
    for (const auto& collect : collectors()) collect();
    std::ostringstream text;
    prometheus::TextSerializer{}.Serialize(text, registry_.Collect());
    return std::move(text).str();
  }

  void on_collect(std::function<void()> collect) {
    const std::lock_guard lock(mutex_);
    collectors_.push_back(std::move(collect));
  }

  Series<PrometheusCounter> counters;      // through find_or_add
  Series<PrometheusGauge> gauges;          // through find_or_add
  Series<PrometheusHistogram> histograms;  // through find_or_add
  prometheus::Counter lost_counter;
  prometheus::Gauge lost_gauge;
  prometheus::Histogram lost_histogram{{}};

 private:
  std::vector<std::function<void()>> collectors() {
    const std::lock_guard lock(mutex_);
    return collectors_;
  }

  std::mutex page_mutex_;  // collectors run one page at a time, without mutex_
  std::mutex mutex_;       // guards the series and collectors_
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  prometheus::Counter& errors_ =
      prometheus::BuildCounter()
          .Name("sojourn_metric_errors_total")
          .Help("Metrics asked for under a name or label that Prometheus does not allow.")
          .Register(registry_)
          .Add({});
  std::vector<std::function<void()>> collectors_;
};

Registry::Registry(Clock& clock) : impl_(std::make_unique<Impl>()) {
  add_process_metrics(*this, clock);
}
Registry::~Registry() = default;

Counter& Registry::counter(MetricName name, MetricLabels labels) {
  return impl_->find_or_add(
      impl_->counters, name, std::move(labels),
      impl_->lost_counter, [&](auto& registry, const auto& set) -> auto& {
        return prometheus::BuildCounter()
            .Name(std::string(name.name))
            .Help(std::string(name.help))
            .Register(registry)
            .Add(set);
      });
}

Gauge& Registry::gauge(MetricName name, MetricLabels labels) {
  return impl_->find_or_add(
      impl_->gauges, name, std::move(labels),
      impl_->lost_gauge, [&](auto& registry, const auto& set) -> auto& {
        return prometheus::BuildGauge()
            .Name(std::string(name.name))
            .Help(std::string(name.help))
            .Register(registry)
            .Add(set);
      });
}

Histogram& Registry::histogram(MetricName name, const std::vector<double>& buckets,
                               MetricLabels labels) {
  return impl_->find_or_add(
      impl_->histograms, name, std::move(labels),
      impl_->lost_histogram, [&](auto& registry, const auto& set) -> auto& {
        return prometheus::BuildHistogram()
            .Name(std::string(name.name))
            .Help(std::string(name.help))
            .Register(registry)
            .Add(set, buckets);
      });
}

void Registry::on_collect(std::function<void()> collect) {
  impl_->on_collect(std::move(collect));
}

std::string Registry::page() {
  return impl_->page();
}

}  // namespace sojourn::metrics
