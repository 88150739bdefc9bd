#include "operator/caches.h"

#include <string>

#include "sojourn/domain/pod_shape.h"

namespace sojourn::operator_ {
namespace {

// A quiet watch gets a bookmark about once a minute and is given up after 150 s of silence; a cache
// that was not heard of for longer than both is stale.
constexpr Duration kStale = std::chrono::seconds(200);

std::string children() {
  return std::string(domain::kManagedByLabel) + "=" + std::string(domain::kManagedBy);
}

std::string revisions() {
  return std::string(domain::kTemplateLabel);
}

}  // namespace

Caches::Caches(controllers::Stores& stores, const std::vector<std::string>& namespaces,
               kube::Transport& transport, kube::History& history, Clock& clock, Random& random,
               Telemetry& telemetry, const Logger& logger)
    : stores_(stores), clock_(clock) {
  stores.sessions.cover(namespaces);
  stores.templates.cover(namespaces);
  stores.pods.cover(namespaces);
  stores.claims.cover(namespaces);
  stores.revisions.cover(namespaces);
  const auto follow = [&](const std::string& name) {
    // Its informers cannot be moved. NOLINTNEXTLINE(modernize-make-unique)
    scopes_.push_back(std::unique_ptr<Scope>(new Scope{
        {stores.sessions, {name}, transport, history, clock, random, telemetry, logger},
        {stores.templates, {name}, transport, history, clock, random, telemetry, logger},
        {stores.pods, {name, children()}, transport, history, clock, random, telemetry, logger},
        {stores.claims, {name, children()}, transport, history, clock, random, telemetry, logger},
        {stores.revisions,
         {name, revisions()},
         transport,
         history,
         clock,
         random,
         telemetry,
         logger}}));
  };
  if (namespaces.empty()) follow("");
  for (const auto& name : namespaces) follow(name);
}

void Caches::start() {
  for (auto& scope : scopes_) scope->for_each([](auto& informer) { informer.start(); });
}

void Caches::stop() {
  for (auto& scope : scopes_) scope->for_each([](auto& informer) { informer.request_stop(); });
  for (auto& scope : scopes_) scope->for_each([](auto& informer) { informer.stop(); });
}

void Caches::step(std::stop_token stop) {
  for (auto& scope : scopes_) scope->for_each([&](auto& informer) { informer.step(stop); });
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
