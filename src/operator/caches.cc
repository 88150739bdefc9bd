#include "operator/caches.h"

#include <string>

#include "sojourn/domain/pod_shape.h"

namespace sojourn::operator_ {
namespace {

// A quiet watch gets a bookmark about once a minute and is given up after 150 s of silence; a cache
// that was not heard of for longer than both is stale.
constexpr Duration kStale = std::chrono::seconds(200);

kube::Selection all() {
  return {.namespace_ = ""};
}

kube::Selection children() {
  return {.namespace_ = "",
          .label_selector =
              std::string(domain::kManagedByLabel) + "=" + std::string(domain::kManagedBy)};
}

kube::Selection revisions() {
  return {.namespace_ = "", .label_selector = std::string(domain::kTemplateLabel)};
}

}  // namespace

Caches::Caches(controllers::Stores& stores, kube::Transport& transport, Clock& clock,
               Random& random, Telemetry& telemetry, const Logger& logger)
    : stores_(stores),
      clock_(clock),
      sessions_(stores.sessions, all(), transport, clock, random, telemetry, logger),
      templates_(stores.templates, all(), transport, clock, random, telemetry, logger),
      pods_(stores.pods, children(), transport, clock, random, telemetry, logger),
      claims_(stores.claims, children(), transport, clock, random, telemetry, logger),
      revisions_(stores.revisions, revisions(), transport, clock, random, telemetry, logger) {}

void Caches::start() {
  sessions_.start();
  templates_.start();
  pods_.start();
  claims_.start();
  revisions_.start();
}

void Caches::stop() {
  sessions_.stop();
  templates_.stop();
  pods_.stop();
  claims_.stop();
  revisions_.stop();
}

void Caches::step(std::stop_token stop) {
  sessions_.step(stop);
  templates_.step(stop);
  pods_.step(stop);
  claims_.step(stop);
  revisions_.step(stop);
}

bool Caches::ready() const {
  const auto now = clock_.steady_now();
  return stores_.sessions.fresh(now, kStale) && stores_.templates.fresh(now, kStale) &&
         stores_.pods.fresh(now, kStale) && stores_.claims.fresh(now, kStale) &&
         stores_.revisions.fresh(now, kStale);
}

bool Caches::wait_filled(std::stop_token stop) const {
  const auto forever = SteadyTime::max();
  return stores_.sessions.wait_ready(clock_, forever, stop) &&
         stores_.templates.wait_ready(clock_, forever, stop) &&
         stores_.pods.wait_ready(clock_, forever, stop) &&
         stores_.claims.wait_ready(clock_, forever, stop) &&
         stores_.revisions.wait_ready(clock_, forever, stop);
}

}  // namespace sojourn::operator_
