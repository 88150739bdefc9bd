#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/controller.h"
#include "sojourn/kube/history.h"
#include "sojourn/kube/recorder.h"

namespace sojourn::controllers::session {

struct Options {
  std::string default_agent_image;  // for agents without an image; empty: none
};

// Drives every Session: observe, decide, execute. One reconcile per call, thread-safe for different
// keys. While the server's history is not whole it does nothing: reconcile all Sessions once it is
// again. What it is given must outlive it.
class SessionController {
 public:
  SessionController(kube::Client& client, Stores& stores, kube::Recorder& recorder,
                    const kube::History& history, Telemetry& telemetry, Clock& clock,
                    std::function<bool()> may_write, Options options);
  ~SessionController();

  Result<kube::ReconcileResult> reconcile(const kube::ObjectKey& key, const Logger& logger,
                                          std::stop_token stop);

  // Makes every change in the stores call `wake` with the Sessions it concerns. Before the
  // informers start.
  static void wake_on_changes(Stores& stores, std::function<void(const kube::ObjectKey&)> wake);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn::controllers::session
