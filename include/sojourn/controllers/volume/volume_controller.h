#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/controller.h"
#include "sojourn/kube/history.h"
#include "sojourn/kube/recorder.h"

namespace sojourn::controllers::volume {

struct Options {
  bool dry_run = false;  // says which claims it would delete, and deletes none
};

// Looks after the claims that outlive their Sessions: marks a claim as released once its Session is
// gone for sure, and deletes it (reaps) when the time that storage.retention.retainFor gave it is
// over. Never a claim that the operator did not make, that a pod mounts, or that a Session still
// asks for; at most one a second. While the server's history is not whole it does nothing. For one
// worker; what it is given must outlive it.
class VolumeController {
 public:
  VolumeController(kube::Client& client, Stores& stores, kube::Recorder& recorder,
                   const kube::History& history, Telemetry& telemetry, Clock& clock,
                   std::function<bool()> may_write, Options options);
  ~VolumeController();

  Result<kube::ReconcileResult> reconcile(const kube::ObjectKey& key, const Logger& logger,
                                          std::stop_token stop);

  // Makes every change that may leave a claim without a holder, or a released one with one, call
  // `wake` with that claim. Before the informers start.
  static void wake_on_changes(Stores& stores, std::function<void(const kube::ObjectKey&)> wake);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn::controllers::volume
