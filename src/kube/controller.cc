#include "sojourn/kube/controller.h"

#include <exception>
#include <utility>

#include "kube/answer.h"

namespace sojourn::kube {
namespace {

// What only a change from outside can cure is not asked for in quick succession.
constexpr Duration kHopelessBackoff = std::chrono::seconds(1);
// A permission that is granted at last is noticed within that time.
constexpr Duration kGrantNoticed = std::chrono::seconds(30);

const std::vector<double> kReconcileBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                            0.5,   1,      2.5,   5,    10,    30,   60};

Counter& total(Telemetry& telemetry, const std::string& controller, const char* result) {
  return telemetry.counter({"controller_runtime_reconcile_total", "Reconciles by their outcome."},
                           {{"controller", controller}, {"result", result}});
}

Counter& counter(Telemetry& telemetry, const std::string& controller, MetricName name) {
  return telemetry.counter(name, {{"controller", controller}});
}

// The text of the exception being handled.
std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

struct Controller::Metrics {
  Metrics(Telemetry& telemetry, const Options& options)
      : success(total(telemetry, options.name, "success")),
        requeue_after(total(telemetry, options.name, "requeue_after")),
        error(total(telemetry, options.name, "error")),
        errors(counter(telemetry, options.name,
                       {"controller_runtime_reconcile_errors_total", "Reconciles that failed."})),
        terminal(counter(telemetry, options.name,
                         {"controller_runtime_terminal_reconcile_errors_total",
                          "Reconciles that failed in a way no retry alone can cure."})),
        panics(counter(telemetry, options.name,
                       {"controller_runtime_reconcile_panics_total",
                        "Reconciles that ended in an exception."})),
        time(telemetry.histogram(
            {"controller_runtime_reconcile_time_seconds", "How long reconciles took."},
            kReconcileBuckets, {{"controller", options.name}})),
        active(telemetry.gauge({"controller_runtime_active_workers", "Workers in a reconcile."},
                               {{"controller", options.name}})) {
    telemetry
        .gauge({"controller_runtime_max_concurrent_reconciles", "Workers there are."},
               {{"controller", options.name}})
        .set(options.workers);
  }

  Counter& success;
  Counter& requeue_after;
  Counter& error;
  Counter& errors;
  Counter& terminal;
  Counter& panics;
  Histogram& time;
  Gauge& active;
};

Controller::Controller(Options options, WorkQueue<ObjectKey>& queue, Reconcile reconcile,
                       Clock& clock, Random& random, Telemetry& telemetry, Logger logger)
    : options_(std::move(options)),
      queue_(queue),
      reconcile_(std::move(reconcile)),
      clock_(clock),
      random_(random),
      logger_(logger.with({{"controller", options_.name}})),
      metrics_(std::make_unique<const Metrics>(telemetry, options_)) {}

Controller::~Controller() {
  stop();
}

void Controller::start() {
  running_ = options_.workers;
  for (int i = 0; i < options_.workers; ++i) {
    workers_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
  }
}

void Controller::stop() {
  if (workers_.empty()) return;
  queue_.shut_down();
  {
    std::unique_lock lock(mutex_);
    clock_.wait_until(lock, idle_, clock_.steady_now() + options_.grace, {},
                      [this] { return running_ == 0; });
  }
  for (auto& worker : workers_) worker.request_stop();
  workers_.clear();  // joins
}

void Controller::work(std::stop_token stop) {
  while (const auto key = queue_.get(stop)) {
    static_cast<void>(run(*key, stop));  // settled
    queue_.done(*key);
  }
  const std::lock_guard lock(mutex_);
  --running_;
  idle_.notify_all();
}

Result<ReconcileResult> Controller::step(const ObjectKey& key) {
  return run(key, {});
}

std::optional<ObjectKey> Controller::step_next() {
  auto key = queue_.try_get();
  if (!key) return std::nullopt;
  static_cast<void>(run(*key, {}));  // settled
  queue_.done(*key);
  return key;
}

Result<ReconcileResult> Controller::run(const ObjectKey& key, std::stop_token stop) {
  const Logger log = logger_.with(
      {{"namespace", key.namespace_}, {"name", key.name}, {"reconcileID", random_.hex(2)}});
  const SteadyTime begun = clock_.steady_now();
  metrics_->active.add(1);
  auto outcome = guarded(key, log, std::move(stop));
  metrics_->active.add(-1);
  const std::chrono::duration<double> took = clock_.steady_now() - begun;
  metrics_->time.observe(took.count());
  settle(key, outcome, log);
  return outcome;
}

Result<ReconcileResult> Controller::guarded(const ObjectKey& key, const Logger& log,
                                            std::stop_token stop) {
  try {
    return reconcile_(key, log, std::move(stop));
  } catch (...) {
    const std::string what = current_exception_text();
    report_exception(log, what);
    return Error{ErrorCode::Internal, "reconcile " + to_string(key) + ": " + what};
  }
}

void Controller::report_exception(const Logger& log, std::string_view what) {
  metrics_->panics.add();
  log.error(
      "the reconcile ended in an exception, which is a fault of this program: please report it",
      {{"err", std::string(what)}});
}

void Controller::settle(const ObjectKey& key, const Result<ReconcileResult>& outcome,
                        const Logger& log) {
  if (!outcome) return settle_failure(key, outcome.error(), log);
  queue_.forget(key);
  if (outcome->requeue_after) {
    metrics_->requeue_after.add();
    queue_.add_after(key, *outcome->requeue_after);
  } else {
    metrics_->success.add();
  }
  log.trace("reconciled");
}

void Controller::settle_failure(const ObjectKey& key, const Error& error, const Logger& log) {
  if (error.code == ErrorCode::Cancelled) return;  // we are stopping
  metrics_->error.add();
  metrics_->errors.add();
  if (!retryable(error)) metrics_->terminal.add();
  Duration at_least = retryable(error) ? Duration::zero() : kHopelessBackoff;
  if (error.retry_after) at_least = std::max<Duration>(at_least, *error.retry_after);
  if (error.reason == kMissingPermission) {  // PermissionWatch tells people
    queue_.add_rate_limited(key, at_least, kGrantNoticed);
    return log.debug("not permitted; trying again", {{"err", error.message}});
  }
  queue_.add_rate_limited(key, at_least);
  if (error.code == ErrorCode::Conflict) {
    // Somebody else wrote in between: part of every day.
    log.debug("the object changed meanwhile; trying again", {{"err", error.message}});
  } else {
    log.error("the reconcile failed and will be tried again", {{"err", error.message}});
  }
}

}  // namespace sojourn::kube
