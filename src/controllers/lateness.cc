#include "controllers/lateness.h"

#include <chrono>
#include <string>

namespace sojourn::controllers {
namespace {

constexpr MetricName kLate{"sojourn_deadline_lateness_seconds",
                           "Seconds from a deadline to the first write that carries it out, by the "
                           "field that sets it."};
constexpr MetricName kEarly{"sojourn_deadlines_early_total",
                            "Deadlines that were carried out before their time."};

}  // namespace

Lateness::Lateness(Telemetry& telemetry) {
  for (const auto& [deadline, field] : domain::kDeadlines) {
    const MetricLabels labels{{"deadline", std::string(field)}};
    series_[static_cast<std::size_t>(deadline)] = {
        &telemetry.histogram(kLate, {0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600}, labels),
        &telemetry.counter(kEarly, labels)};
  }
}

void Lateness::observe(domain::Deadline deadline, Time due, Time now) {
  const auto& series = series_[static_cast<std::size_t>(deadline)];
  if (now < due) {
    // Observed, it would make the histogram's sum shrink.
    series.early->add();
  } else {
    series.late->observe(std::chrono::duration<double>(now - due).count());
  }
}

}  // namespace sojourn::controllers
