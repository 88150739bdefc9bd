#include "sojourn/controllers/volume/volume_controller.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "controllers/claim_patch.h"
#include "controllers/lease_lost.h"
#include "controllers/volume/measure.h"
#include "sojourn/base/timestamp.h"
#include "sojourn/controllers/names.h"
#include "sojourn/domain/reason.h"
#include "sojourn/domain/retention.h"
#include "sojourn/kube/resources.h"

namespace sojourn::controllers::volume {
namespace {

using domain::ClaimObserved;
using domain::ClaimPlan;
using domain::Reason;
using std::chrono::seconds;

// So many claims a minute at most: whoever notices a mistake has time to stop it.
constexpr seconds kBetweenReaps{1};
// A claim that is still mounted, or whose time cannot be told, is looked at again then.
constexpr seconds kLookAgain{30};
// More than clocks that somebody keeps in step ever differ.
constexpr seconds kMostSkew{30};
// Timers of the wall clock are short, so that a jump of it delays nothing for long.
constexpr Duration kLongestWait = std::chrono::minutes(5);

kube::ReconcileResult again_after(Duration wait) {
  return {.requeue_after = std::clamp<Duration>(wait, std::chrono::milliseconds(1), kLongestWait)};
}

api::ObjectReference reference_to(const api::PersistentVolumeClaim& claim) {
  return {.api_version = "v1",
          .kind = "PersistentVolumeClaim",
          .namespace_ = claim.meta.namespace_,
          .name = claim.meta.name,
          .uid = claim.meta.uid,
          .resource_version = claim.meta.resource_version};
}

bool asks_for(const api::Session& session, const api::PersistentVolumeClaim& claim) {
  return session.spec.existing_claim == claim.meta.name &&
         session.meta.uid != domain::holder_of(claim).uid &&
         !domain::released_since(session.status) && !session.meta.deletion_timestamp;
}

std::optional<ClaimObserved> observe(const Stores& stores, const kube::ObjectKey& key) {
  ClaimObserved seen;
  seen.claim = stores.claims.get(key);
  if (!seen.claim) return std::nullopt;
  seen.is_genuine = is_genuine(*seen.claim);
  const auto holder = domain::holder_of(*seen.claim);
  const auto session = stores.sessions.get({key.namespace_, holder.name});
  if (!session || session->meta.uid != holder.uid) {
    seen.holder = ClaimObserved::Holder::Unseen;
  } else if (domain::released_since(session->status)) {
    seen.holder = ClaimObserved::Holder::Over;
  }
  seen.holder_has_pod = !stores.pods_of(holder.uid).empty();
  seen.is_asked_for = std::ranges::any_of(stores.sessions_of_claim(key), [&](const auto& name) {
    const auto other = stores.sessions.get(name);
    return other && asks_for(*other, *seen.claim);
  });
  return seen;
}

}  // namespace

class VolumeController::Impl {
 public:
  Impl(kube::Client& client, Stores& stores, kube::Recorder& recorder, const kube::History& history,
       Telemetry& telemetry, Clock& clock, std::function<bool()> may_write, Options options)
      : client_(client),
        stores_(stores),
        recorder_(recorder),
        history_(history),
        clock_(clock),
        may_write_(std::move(may_write)),
        options_(options),
        measure_(telemetry, stores) {}

  Result<kube::ReconcileResult> reconcile(const kube::ObjectKey& key, const Logger& logger,
                                          std::stop_token stop) {
    if (!history_.whole()) return kube::ReconcileResult{};
    const auto now = clock_.now();
    const auto seen = observe(stores_, key);
    if (!seen) return kube::ReconcileResult{};
    const auto plan = domain::decide_retention(*seen, now);
    switch (plan.step) {
      case ClaimPlan::Step::Rest:
        break;
      case ClaimPlan::Step::Release:
        return release(*seen->claim, logger, stop);
      case ClaimPlan::Step::Reap:
        return reap(*seen, logger, stop);
    }
    return plan.recheck ? again_after(*plan.recheck - now) : kube::ReconcileResult{};
  }

 private:
  Result<kube::ReconcileResult> release(const api::PersistentVolumeClaim& claim,
                                        const Logger& logger, const std::stop_token& stop) {
    const auto gone = holder_is_gone(claim, stop);
    if (!gone) return gone.error();
    if (!*gone) return again_after(kLookAgain);
    if (!may_write_()) return lease_lost();
    const auto released =
        patch_claim(client_, stores_.claims, kube::key_of(claim.meta), claim.meta.resource_version,
                    domain::release(claim, clock_.now()), stop);
    if (!released && released.error().code == ErrorCode::NotFound) return kube::ReconcileResult{};
    if (!released) return released.error();
    const auto until = domain::retained_until(*released);
    logger.info("the session is gone; its claim is kept",
                {{"session", domain::holder_of(claim).name},
                 {"until", until ? format_timestamp(*until) : "for ever"}});
    return kube::ReconcileResult{.requeue_after = Duration::zero()};
  }

  Result<kube::ReconcileResult> reap(const ClaimObserved& seen, const Logger& logger,
                                     const std::stop_token& stop) {
    const auto& claim = *seen.claim;
    if (options_.dry_run) return tell_due(claim, logger);
    if (const auto now = clock_.steady_now(); now < next_reap_)
      return again_after(std::chrono::ceil<Duration>(next_reap_ - now));
    const auto may = may_reap(seen, logger, stop);
    if (!may) return may.error();
    if (!*may) return again_after(kLookAgain);
    if (!may_write_()) return lease_lost();
    next_reap_ = clock_.steady_now() + kBetweenReaps;
    auto removed = client_.remove<api::PersistentVolumeClaim>(
        kube::key_of(claim.meta),
        {.preconditions = {.uid = claim.meta.uid, .resource_version = claim.meta.resource_version}},
        stop);
    if (!removed && removed.error().code != ErrorCode::NotFound) return removed.error();
    if (removed.ok() && *removed) stores_.claims.observe_write(**removed);
    measure_.count_reaped(claim, clock_.now());
    tell(claim, Reason::Reaped, logger, "its time is over; the claim is deleted");
    return kube::ReconcileResult{};
  }

  // The API server itself says: nothing has changed, the time is over by its clock, no Session and
  // no pod uses the claim.
  Result<bool> may_reap(const ClaimObserved& seen, const Logger& logger,
                        const std::stop_token& stop) {
    const auto& claim = *seen.claim;
    auto live = client_.get_dated<api::PersistentVolumeClaim>(kube::key_of(claim.meta), stop);
    if (!live && live.error().code == ErrorCode::NotFound) return false;
    if (!live) return live.error();
    if (live->object.meta.resource_version != claim.meta.resource_version) return false;
    const bool differs = live->date && std::chrono::abs(clock_.now() - *live->date) > kMostSkew;
    if (differs && !clocks_differ_) {
      logger.error(
          "this machine's clock and the API server's differ by more than 30 s, so no claim is "
          "deleted; set the clocks right");
    }
    clocks_differ_ = differs;
    if (differs) return false;
    if (seen.holder == ClaimObserved::Holder::Unseen) {
      auto gone = holder_is_gone(claim, stop);
      if (!gone || !*gone) return gone;
    }
    const auto mounted = is_mounted(claim, stop);
    if (!mounted) return mounted.error();
    if (*mounted) logger.info("its time is over, but a pod mounts the claim; it is kept");
    return !*mounted;
  }

  // Neither the Session that holds the claim nor its pod is there any more.
  Result<bool> holder_is_gone(const api::PersistentVolumeClaim& claim,
                              const std::stop_token& stop) {
    const auto holder = domain::holder_of(claim);
    const auto& space = claim.meta.namespace_;
    const auto session = client_.get<api::Session>({space, holder.name}, stop);
    if (!session && session.error().code != ErrorCode::NotFound) return session.error();
    if (session.ok() && session->meta.uid == holder.uid) return false;
    const auto pod = client_.get<api::Pod>({space, child_name(holder.name, holder.uid)}, stop);
    if (!pod && pod.error().code != ErrorCode::NotFound) return pod.error();
    return !pod.ok();
  }

  Result<bool> is_mounted(const api::PersistentVolumeClaim& claim, const std::stop_token& stop) {
    const auto pods = client_.list<api::PodMounts>({.namespace_ = claim.meta.namespace_}, {}, stop);
    if (!pods) return pods.error();
    return std::ranges::any_of(pods->items, [&](const api::PodMounts& pod) {
      return std::ranges::find(pod.claims, claim.meta.name) != pod.claims.end();
    });
  }

  // Once for each claim, as long as the process lives.
  kube::ReconcileResult tell_due(const api::PersistentVolumeClaim& claim, const Logger& logger) {
    if (told_.insert(claim.meta.uid).second) {
      tell(claim, Reason::ReapDue, logger,
           "its time is over; without --reaper-dry-run the claim would be deleted");
    }
    return {};
  }

  void tell(const api::PersistentVolumeClaim& claim, Reason reason, const Logger& logger,
            const std::string& what) {
    const auto session = domain::holder_of(claim).name;
    logger.info(what, {{"session", session}});
    recorder_.event(reference_to(claim), api::EventType::Normal, to_string(reason), "Reap",
                    "of session " + session + ": " + what);
  }

  kube::Client& client_;
  Stores& stores_;
  kube::Recorder& recorder_;
  const kube::History& history_;
  Clock& clock_;
  const std::function<bool()> may_write_;
  const Options options_;
  Measure measure_;
  SteadyTime next_reap_ = {};
  bool clocks_differ_ = false;  // told once, until they agree again
  std::set<std::string> told_;  // uids
};

VolumeController::VolumeController(kube::Client& client, Stores& stores, kube::Recorder& recorder,
                                   const kube::History& history, Telemetry& telemetry, Clock& clock,
                                   std::function<bool()> may_write, Options options)
    : impl_(std::make_unique<Impl>(client, stores, recorder, history, telemetry, clock,
                                   std::move(may_write), options)) {}
VolumeController::~VolumeController() = default;

Result<kube::ReconcileResult> VolumeController::reconcile(const kube::ObjectKey& key,
                                                          const Logger& logger,
                                                          std::stop_token stop) {
  return impl_->reconcile(key, logger, std::move(stop));
}

void VolumeController::wake_on_changes(Stores& stores,
                                       std::function<void(const kube::ObjectKey&)> wake) {
  // A Session that is there looks after its claim itself.
  stores.sessions.subscribe([wake](const auto& old, const auto& now) {
    if (now && !domain::released_since(now->status)) return;
    const auto& session = now ? *now : *old;
    const auto& record = session.status.volume;
    wake({session.meta.namespace_, record ? record->claim_name : claim_name(session)});
  });
  // A pod has the name of the claim that was made for its Session.
  stores.pods.subscribe([wake](const auto& old, const auto& now) {
    if (!now) wake(kube::key_of(old->meta));
  });
  stores.claims.subscribe([wake, &stores](const auto&, const auto& now) {
    if (!now) return;
    const auto& space = now->meta.namespace_;
    const auto session = stores.sessions.get({space, domain::holder_of(*now).name});
    if (domain::is_released(*now) || !session) wake(kube::key_of(now->meta));
  });
}

}  // namespace sojourn::controllers::volume
