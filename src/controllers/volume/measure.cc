#include "controllers/volume/measure.h"

#include <map>
#include <memory>

#include "sojourn/domain/quantity.h"
#include "sojourn/domain/retention.h"

namespace sojourn::controllers::volume {
namespace {

constexpr MetricName kClaims{"sojourn_retained_claims",
                             "Released claims that are kept, by namespace."};
constexpr MetricName kBytes{"sojourn_retained_bytes",
                            "Bytes of capacity of the released claims that are kept, by "
                            "namespace."};
constexpr MetricName kReaped{"sojourn_reaped_claims_total",
                             "Released claims deleted because their time was over, by namespace."};

// Counts anew for each page of metrics. A series that has none any more stays, at 0.
class Census {
 public:
  Census(Telemetry& telemetry, const Stores& stores) : telemetry_(telemetry), stores_(stores) {}

  void take() {
    for (auto& [space, kept] : kept_) kept = {};
    stores_.claims.for_each([this](const api::PersistentVolumeClaim& claim) {
      if (!domain::is_released(claim)) return;
      auto& kept = kept_[claim.meta.namespace_];
      ++kept.claims;
      kept.bytes +=
          static_cast<double>(domain::parse_milli_quantity(claim.capacity).value_or(0)) / 1000;
    });
    for (const auto& [space, kept] : kept_) {
      telemetry_.gauge(kClaims, {{"namespace", space}}).set(kept.claims);
      telemetry_.gauge(kBytes, {{"namespace", space}}).set(kept.bytes);
    }
  }

 private:
  struct Kept {
    double claims = 0;
    double bytes = 0;
  };
  Telemetry& telemetry_;
  const Stores& stores_;
  std::map<std::string, Kept> kept_;
};

}  // namespace

Measure::Measure(Telemetry& telemetry, const Stores& stores)
    : telemetry_(telemetry), lateness_(telemetry) {
  auto census = std::make_shared<Census>(telemetry, stores);
  telemetry.on_collect([census] { census->take(); });
}

void Measure::count_reaped(const api::PersistentVolumeClaim& claim, Time now) {
  telemetry_.counter(kReaped, {{"namespace", claim.meta.namespace_}}).add();
  if (const auto until = domain::retained_until(claim)) {
    lateness_.observe(domain::Deadline::RetainFor, *until, now);
  }
}

}  // namespace sojourn::controllers::volume
