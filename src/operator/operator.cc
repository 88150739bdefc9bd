#include "sojourn/operator/operator.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "operator/api_access.h"
#include "operator/caches.h"
#include "operator/deadline.h"
#include "operator/server_version.h"
#include "operator/status_server.h"
#include "sojourn/controllers/session/session_controller.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/controllers/template/template_controller.h"
#include "sojourn/controllers/volume/volume_controller.h"
#include "sojourn/kube/controller.h"
#include "sojourn/kube/leader_elector.h"
#include "sojourn/kube/recorder.h"
#include "sojourn/metrics/registry.h"

namespace sojourn::operator_ {
namespace {

// A terminating pod must not be kept by a lookup or a server that does not answer.
constexpr Duration kHardDeadline = std::chrono::milliseconds(4'500);
constexpr std::chrono::milliseconds kDrain{500};

void count_build(Telemetry& telemetry, const Identity& identity) {
  telemetry
      .gauge({"sojourn_build_info", "1, with the version and commit of this program."},
             {{"version", identity.version}, {"commit", identity.commit}})
      .set(1);
}

kube::ObjectKey lease_key(const config::OperatorOptions& options,
                          const kube::Connection& connection) {
  const auto& asked = options.lease_namespace;
  const auto& own = connection.default_namespace;
  return {!asked.empty() ? asked : !own.empty() ? own : "default", options.lease_name};
}

}  // namespace

class Operator::Impl {
 public:
  Impl(const config::OperatorOptions& options, const kube::Connection& connection,
       const Identity& identity, const http::MakeTransport& make_transport, Clock& clock,
       Random& random, LogSink& sink)
      : options_(options),
        clock_(clock),
        logger_(sink, "operator"),
        registry_(clock),
        api_(connection, clock, registry_, logger_, make_transport, history_),
        recorder_({.controller = "sojourn.dev/operator", .instance = identity.instance},
                  api_.client(), history_, clock, registry_, logger_.named("events")),
        caches_(stores_, options.namespaces, api_.transport(), history_, clock, random, registry_,
                logger_.named("cache")),
        session_queue_("session", clock, registry_),
        template_queue_("sessiontemplate", clock, registry_),
        volume_queue_("persistentvolumeclaim", clock, registry_),
        sessions_(api_.client(), stores_, recorder_, history_, registry_, clock,
                  [this] { return may_write(); }, {options.default_agent_image}),
        templates_(api_.client(), stores_, history_, clock, [this] { return may_write(); },
                   {.default_agent_image = options.default_agent_image,
                    .keep_unused = std::chrono::seconds(options.revision_retention_seconds)}),
        volumes_(api_.client(), stores_, recorder_, history_, registry_, clock,
                 [this] { return may_write(); }, {options.reaper_dry_run}),
        session_controller_(
            {.name = "session", .workers = options.workers}, session_queue_,
            [this](const auto& key, const auto& log, auto stop) {
              return sessions_.reconcile(key, log, stop);
            },
            clock, random, registry_, logger_.named("controller")),
        template_controller_(
            {.name = "sessiontemplate", .workers = 1}, template_queue_,
            [this](const auto& key, const auto& log, auto stop) {
              return templates_.reconcile(key, log, stop);
            },
            clock, random, registry_, logger_.named("controller")),
        volume_controller_(
            {.name = "persistentvolumeclaim", .workers = 1}, volume_queue_,
            [this](const auto& key, const auto& log, auto stop) {
              return volumes_.reconcile(key, log, stop);
            },
            clock, random, registry_, logger_.named("controller")) {
    using controllers::session::SessionController;
    using controllers::tmpl::TemplateController;
    using controllers::volume::VolumeController;
    SessionController::wake_on_changes(stores_,
                                       [this](const auto& key) { session_queue_.add(key); });
    TemplateController::wake_on_changes(stores_,
                                        [this](const auto& key) { template_queue_.add(key); });
    VolumeController::wake_on_changes(stores_, [this](const auto& key) { volume_queue_.add(key); });
    history_.when_whole_again([this] { wake_all(); });
    count_build(registry_, identity);
    if (options.leader_elect) {
      elector_.emplace(kube::LeaderElector::Options{
                           .lease = lease_key(options, connection),
                           .identity = identity.instance,
                           .on_started = [this] { lead(); },
                           .on_lost = [this] { end_process(logger_, "the Lease is lost"); }},
                       api_.lease_transport(), clock, random, registry_, logger_.named("lease"));
    }
  }

  Result<void> start() {
    if (auto fits = check_server_version(api_.transport(), logger_); !fits) return fits;
    auto server = StatusServer::start(
        options_.listen_address, registry_, [this] { return not_ready(); }, clock_,
        logger_.named("server"));
    if (!server) return server.error();
    server_ = std::move(*server);
    recorder_.start();
    caches_.start();
    if (elector_) {
      elector_->start();
    } else {
      lead();
    }
    return {};
  }

  void stop() {
    deadline_.emplace(kHardDeadline, clock_, logger_);
    {
      const std::lock_guard lock(starting_);
      stopping_ = true;
    }
    starter_ = {};
    watchdog_.reset();
    caches_.stop();
    session_controller_.stop();
    template_controller_.stop();
    volume_controller_.stop();
    recorder_.stop();
    if (elector_) elector_->stop();
    if (server_) server_->drain(kDrain);
  }

 private:
  // Work begins when this process leads and every cache is filled: a decision from half a cache
  // would see pods and claims as lost.
  void lead() {
    const std::lock_guard lock(starting_);
    if (stopping_) return;
    starter_ = std::jthread([this](std::stop_token stop) {
      if (!caches_.wait_filled(stop)) return;
      logger_.info("the caches are filled; the work begins");
      session_controller_.start();
      template_controller_.start();
      volume_controller_.start();
      watchdog_.emplace(
          [this] {
            return std::max({session_controller_.longest_running(),
                             template_controller_.longest_running(),
                             volume_controller_.longest_running()});
          },
          clock_, logger_);
    });
  }

  // The API server's history went back and every cache has read anew: all is looked at again.
  void wake_all() {
    logger_.warn("every cache has been read anew; the work goes on");
    stores_.templates.for_each(
        [this](const auto& each) { template_queue_.add(kube::key_of(each.meta)); });
    stores_.sessions.for_each(
        [this](const auto& each) { session_queue_.add(kube::key_of(each.meta)); });
    stores_.claims.for_each(
        [this](const auto& each) { volume_queue_.add(kube::key_of(each.meta)); });
  }

  bool may_write() const { return !elector_ || elector_->holds(); }
  std::optional<std::string> not_ready() const {
    if (stopping_) return "the operator is stopping";
    if (auto missing = describe_missing(api_.missing_permissions())) return missing;
    if (caches_.ready()) return std::nullopt;
    return "the caches are not filled, or stale";
  }

  const config::OperatorOptions options_;
  Clock& clock_;
  const Logger logger_;
  // Over all below, whose destructors may have to wait: a lookup of a name cannot be interrupted.
  std::optional<HardDeadline> deadline_;
  metrics::Registry registry_;
  kube::History history_;
  ApiAccess api_;
  kube::Recorder recorder_;
  controllers::Stores stores_;
  Caches caches_;
  kube::WorkQueue<kube::ObjectKey> session_queue_;
  kube::WorkQueue<kube::ObjectKey> template_queue_;
  kube::WorkQueue<kube::ObjectKey> volume_queue_;
  controllers::session::SessionController sessions_;
  controllers::tmpl::TemplateController templates_;
  controllers::volume::VolumeController volumes_;
  kube::Controller session_controller_;
  kube::Controller template_controller_;
  kube::Controller volume_controller_;
  std::optional<kube::LeaderElector> elector_;
  std::unique_ptr<StatusServer> server_;
  std::mutex starting_;  // guards starter_ until stopping_: the Lease may come while all ends
  std::atomic<bool> stopping_ = false;
  std::optional<Watchdog> watchdog_;  // by starter_, and after it is joined by stop()
  std::jthread starter_;              // last: it uses all of the above
};

Operator::Operator(const config::OperatorOptions& options, const kube::Connection& connection,
                   const Identity& identity, const http::MakeTransport& make_transport,
                   Clock& clock, Random& random, LogSink& sink)
    : impl_(std::make_unique<Impl>(options, connection, identity, make_transport, clock, random,
                                   sink)) {}
Operator::~Operator() = default;

Result<void> Operator::start() {
  return impl_->start();
}
void Operator::stop() {
  impl_->stop();
}

}  // namespace sojourn::operator_
