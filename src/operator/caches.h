#pragma once

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/random.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/kube/informer.h"
#include "sojourn/kube/transport.h"

namespace sojourn::operator_ {

// The informers that fill the controllers' stores: of pods, claims and revisions only those we
// made. All references must outlive it.
class Caches {
 public:
  Caches(controllers::Stores& stores, kube::Transport& transport, Clock& clock, Random& random,
         Telemetry& telemetry, const Logger& logger);

  void start();
  void stop();
  // Instead of start(): each informer takes one step on the calling thread, a page of a list or a watch
  // until it ends.
  void step(std::stop_token stop);
  // Every cache was filled, and the API server has spoken to each lately.
  bool ready() const;
  // Every cache was filled once.
  bool wait_filled(std::stop_token stop) const;

 private:
  controllers::Stores& stores_;
  Clock& clock_;
  kube::Informer<api::Session> sessions_;
  kube::Informer<api::SessionTemplate> templates_;
  kube::Informer<api::Pod> pods_;
  kube::Informer<api::PersistentVolumeClaim> claims_;
  kube::Informer<api::ControllerRevision> revisions_;
};

}  // namespace sojourn::operator_
