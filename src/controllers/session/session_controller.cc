#include "sojourn/controllers/session/session_controller.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "controllers/session/execute.h"
#include "controllers/session/measure.h"
#include "controllers/session/observe.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/decide.h"
#include "sojourn/domain/pod_shape.h"

namespace sojourn::controllers::session {
namespace {

// A wait on the wall clock is looked at again from time to time, so that a jump of that clock
// delays nothing for longer. It costs no request.
constexpr Duration kLongestWait = std::chrono::minutes(5);

api::ObjectReference reference_to(const api::Session& session) {
  return {.api_version = "sojourn.dev/v1alpha1",
          .kind = "Session",
          .namespace_ = session.meta.namespace_,
          .name = session.meta.name,
          .uid = session.meta.uid,
          .resource_version = session.meta.resource_version};
}

const domain::WriteStatus* status_write(const domain::Plan& plan) {
  for (const auto& action : plan.actions) {
    if (const auto* write = std::get_if<domain::WriteStatus>(&action)) return write;
  }
  return nullptr;
}

}  // namespace

class SessionController::Impl {
 public:
  Impl(kube::Client& client, Stores& stores, kube::Recorder& recorder, const kube::History& history,
       Telemetry& telemetry, Clock& clock, std::function<bool()> may_write, Options options)
      : stores_(stores),
        recorder_(recorder),
        history_(history),
        clock_(clock),
        tools_{client, stores, clock, std::move(may_write)},
        measure_(telemetry, stores, clock),
        options_(std::move(options)) {}

  Result<kube::ReconcileResult> reconcile(const kube::ObjectKey& key, const Logger& logger,
                                          std::stop_token stop) {
    const auto epoch = history_.epoch();
    if (!history_.whole()) return kube::ReconcileResult{};
    Memory memory = recall(key, epoch);
    auto result = reconcile(key, memory, logger, std::move(stop));
    remember(key, epoch, std::move(memory));
    return result;
  }

 private:
  Result<kube::ReconcileResult> reconcile(const kube::ObjectKey& key, Memory& memory,
                                          const Logger& logger, std::stop_token stop) {
    const Time now = clock_.now();
    const auto seen = observe(stores_, key, memory, options_.default_agent_image, now);
    if (!seen) {
      memory = {};
      return kube::ReconcileResult{};
    }
    if (is_gone(*seen, memory)) return kube::ReconcileResult{};
    drop_seen_deletions(*seen, memory);
    const auto plan = domain::decide(seen->observed, seen->policy, now);
    const bool was_pruned = memory.pruned.has_value();
    const bool clock_differed = memory.clock == domain::ClockCheck::Differs;
    if (auto done = execute(tools_, *seen, plan, memory, stop); !done) {
      if (is_gone(*seen, memory)) return kube::ReconcileResult{};
      return done.error();
    }
    if (memory.pruned && !was_pruned) tell_pruned(logger);
    if (memory.clock == domain::ClockCheck::Differs && !clock_differed) tell_clock(logger);
    if (plan.actions.empty()) {
      // Whatever it was asked for is done; the next time it is asked anew.
      if (memory.clock == domain::ClockCheck::Agrees) memory.clock = domain::ClockCheck::Unknown;
      return wait_until(plan.recheck, now);
    }
    // At the end of a long queue the answer would be old: of many that end together none would end
    // before all had asked.
    const bool asked = std::holds_alternative<domain::ConfirmTime>(plan.actions.front());
    if (asked) return reconcile(key, memory, logger, std::move(stop));
    measure_.count(*seen, plan, memory, now, clock_.now());
    report(*seen->observed.session, plan, logger);
    return kube::ReconcileResult{.requeue_after = Duration::zero()};
  }

  // Only one worker at a time has a key. Of nearly all Sessions there is nothing to remember. What
  // was found out in another history may not be so in this one (S30).
  Memory recall(const kube::ObjectKey& key, std::uint64_t epoch) {
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) {
      epoch_ = epoch;
      memories_.clear();
    }
    auto kept = memories_.extract(key);
    return kept ? std::move(kept.mapped()) : Memory{};
  }
  void remember(const kube::ObjectKey& key, std::uint64_t epoch, Memory memory) {
    if (memory.empty() || history_.epoch() != epoch) return;
    const std::lock_guard lock(mutex_);
    memories_.insert_or_assign(key, std::move(memory));
  }

  // A write found the Session gone; the cache will say so.
  static bool is_gone(const Observation& seen, const Memory& memory) {
    return memory.deleted_uids.contains(seen.observed.session->meta.uid);
  }

  // Once the cache shows an end, or that it has begun, the note of it is not needed any more.
  static void drop_seen_deletions(const Observation& seen, Memory& memory) {
    std::erase_if(memory.deleted_uids, [&](const std::string& uid) {
      const auto there = [&](const auto& object) { return object->meta.uid == uid; };
      const bool pod = std::ranges::any_of(seen.observed.pods, there);
      return !pod && !(seen.observed.claim && there(seen.observed.claim));
    });
  }

  static void tell_pruned(const Logger& logger) {
    logger.error(
        "the API server did not keep the whole status; apply the CRDs of this operator's version");
  }

  static void tell_clock(const Logger& logger) {
    logger.error(
        "this machine's clock and the API server's differ by more than 30 s, so nothing is "
        "ended by time; set the clocks right");
  }

  static kube::ReconcileResult wait_until(std::optional<Time> recheck, Time now) {
    if (!recheck) return {};
    return {.requeue_after =
                std::clamp<Duration>(*recheck - now, std::chrono::milliseconds(1), kLongestWait)};
  }

  void report(const api::Session& session, const domain::Plan& plan, const Logger& logger) {
    for (const auto& event : plan.events) {
      recorder_.event(reference_to(session), event.type, to_string(event.why.reason), "Reconcile",
                      event.why.message);
    }
    if (std::holds_alternative<domain::DeleteSession>(plan.actions.front()))
      logger.info("the session is deleted, as ttl.deleteAfterFinishedSeconds asks");
    const auto* write = status_write(plan);
    if (write == nullptr) return;
    if (session.status.state == write->status.state &&
        session.status.reason == write->status.reason)
      return;
    logger.info(
        "the session moved on",
        {{"from", session.status.state ? std::string(to_string(*session.status.state)) : "new"},
         {"to", std::string(to_string(*write->status.state))},
         {"reason", write->status.reason},
         {"message", write->status.message},
         {"check", std::string(plan.check)}});
  }

  Stores& stores_;
  kube::Recorder& recorder_;
  const kube::History& history_;
  Clock& clock_;
  const Tools tools_;
  Measure measure_;
  const Options options_;
  std::mutex mutex_;         // guards both
  std::uint64_t epoch_ = 0;  // of all memories
  std::unordered_map<kube::ObjectKey, Memory> memories_;
};

SessionController::SessionController(kube::Client& client, Stores& stores, kube::Recorder& recorder,
                                     const kube::History& history, Telemetry& telemetry,
                                     Clock& clock, std::function<bool()> may_write, Options options)
    : impl_(std::make_unique<Impl>(client, stores, recorder, history, telemetry, clock,
                                   std::move(may_write), std::move(options))) {}
SessionController::~SessionController() = default;

Result<kube::ReconcileResult> SessionController::reconcile(const kube::ObjectKey& key,
                                                           const Logger& logger,
                                                           std::stop_token stop) {
  return impl_->reconcile(key, logger, std::move(stop));
}

void SessionController::wake_on_changes(Stores& stores,
                                        std::function<void(const kube::ObjectKey&)> wake) {
  // Of a change the newer form is looked at, and the older one when it is gone.
  const auto newest = [](const auto& old, const auto& now) -> const api::ObjectMeta& {
    return (now ? now : old)->meta;
  };
  const auto wake_all = [wake](const std::vector<kube::ObjectKey>& sessions) {
    for (const auto& session : sessions) wake(session);
  };
  stores.sessions.subscribe(
      [=](const auto& old, const auto& now) { wake(kube::key_of(newest(old, now))); });
  stores.pods.subscribe([=](const auto& old, const auto& now) {
    const auto& meta = newest(old, now);
    const auto* controller = api::controller_of(meta);
    if (controller != nullptr) wake({meta.namespace_, controller->name});
  });
  // By name: a claim that stands in the way carries no label of ours.
  stores.claims.subscribe([=, &stores](const auto& old, const auto& now) {
    wake_all(stores.sessions_of_claim(kube::key_of(newest(old, now))));
  });
  stores.templates.subscribe([=, &stores](const auto& old, const auto& now) {
    const auto& meta = newest(old, now);
    wake_all(stores.sessions_of_template(meta.namespace_, meta.name));
  });
  stores.revisions.subscribe([=, &stores](const auto& old, const auto& now) {
    const auto& meta = newest(old, now);
    wake_all(stores.sessions_of_template(meta.namespace_,
                                         api::lookup(meta.labels, domain::kTemplateLabel)));
  });
}

}  // namespace sojourn::controllers::session
