#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/random.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/kube/informer.h"
#include "sojourn/kube/transport.h"

namespace sojourn::operator_ {

// The informers that fill the controllers' stores: of pods, claims and revisions only those we
// made. One of each kind for all namespaces, or one for each of `namespaces`. All references must
// outlive it.
class Caches {
 public:
  Caches(controllers::Stores& stores, const std::vector<std::string>& namespaces,
         kube::Transport& transport, kube::History& history, Clock& clock, Random& random,
         Telemetry& telemetry, const Logger& logger);

  void start();
  void stop();
  // Instead of start(): each informer takes one step on the calling thread, a list or a
  // watch until it ends.
  void step(std::stop_token stop);
  // Every cache was filled, and the API server has spoken to each lately.
  bool ready() const;
  // Every cache was filled once.
  bool wait_filled(std::stop_token stop) const;

 private:
  controllers::Stores& stores_;
  Clock& clock_;
  // One namespace, or all.
  struct Scope {
    kube::Informer<api::Session> sessions;
    kube::Informer<api::SessionTemplate> templates;
    kube::Informer<api::Pod> pods;
    kube::Informer<api::PersistentVolumeClaim> claims;
    kube::Informer<api::ControllerRevision> revisions;

    template <typename Visit>
    void for_each(Visit visit) {
      visit(sessions);
      visit(templates);
      visit(pods);
      visit(claims);
      visit(revisions);
    }
  };
  std::vector<std::unique_ptr<Scope>> scopes_;
};

}  // namespace sojourn::operator_
