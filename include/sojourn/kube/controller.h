#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/random.h"
#include "sojourn/base/result.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/resource.h"
#include "sojourn/kube/workqueue.h"

namespace sojourn::kube {

// What a reconcile wants next: nothing until something changes, or to look again after a while.
struct ReconcileResult {
  std::optional<Duration> requeue_after = {};
};

// Brings one object nearer to what is asked. `log` carries the controller, the object and an id of
// this run on each line. Called by several threads at once, but never for one key.
using Reconcile = std::function<Result<ReconcileResult>(const ObjectKey& key, const Logger& log,
                                                        std::stop_token stop)>;

// Runs a Reconcile for the keys of a queue on N threads. A failure comes again after the key's
// backoff (after Retry-After if the server asked for more, and after a second at least when nothing
// but a change from outside can help); an exception is caught, counted and treated as a failure.
// Counts controller_runtime_*. All references must outlive it.
class Controller {
 public:
  struct Options {
    std::string name;  // label of the metrics, field of the log lines
    int workers = 4;
    // How long stop() lets running reconciles go on before it cancels their calls.
    Duration grace = std::chrono::seconds(1);
  };

  Controller(Options options, WorkQueue<ObjectKey>& queue, Reconcile reconcile, Clock& clock,
             Random& random, Telemetry& telemetry, Logger logger);
  ~Controller();

  // Starts the workers. Once.
  void start();
  // Shuts the queue down, lets the running reconciles finish and joins. Does nothing when not
  // started. Not from a worker.
  void stop();

  // Runs one reconcile on the calling thread, whether or not the key is queued, and treats its
  // outcome as a worker would. Must not run while a worker may have the same key.
  Result<ReconcileResult> step(const ObjectKey& key);
  // The same for the next key of the queue; nothing when none is ready.
  std::optional<ObjectKey> step_next();

  // How long the oldest running reconcile has taken, for a watchdog; zero when none runs.
  Duration longest_running() const { return queue_.longest_running(); }

 private:
  struct Metrics;

  void work(std::stop_token stop);
  Result<ReconcileResult> run(const ObjectKey& key, std::stop_token stop);
  Result<ReconcileResult> guarded(const ObjectKey& key, const Logger& log, std::stop_token stop);
  void settle(const ObjectKey& key, const Result<ReconcileResult>& outcome, const Logger& log);
  void settle_failure(const ObjectKey& key, const Error& error, const Logger& log);
  void report_exception(const Logger& log, std::string_view what);

  const Options options_;
  WorkQueue<ObjectKey>& queue_;
  const Reconcile reconcile_;
  Clock& clock_;
  Random& random_;
  const Logger logger_;
  const std::unique_ptr<const Metrics> metrics_;

  std::mutex mutex_;  // guards running_
  std::condition_variable_any idle_;
  int running_ = 0;                    // workers that have not returned
  std::vector<std::jthread> workers_;  // start() and stop() only
};

}  // namespace sojourn::kube
