#include "controllers/session/execute.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "sojourn/api/json/persistent_volume_claim_json.h"
#include "sojourn/api/json/session_json.h"
#include "sojourn/base/backoff.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/kube/resources.h"

namespace sojourn::controllers::session {
namespace {

using std::chrono::milliseconds;

// A refused create is tried again after 1, 2, 4 ... 25 s: whatever lifted the refusal is noticed
// within 30 s, and a full quota costs the API server two requests a minute.
constexpr milliseconds kFirstRetry{1'000};
constexpr milliseconds kLongestRetry{25'000};

// Refused by policy or quota, as invalid, or because somebody else has the name: asking again at
// once cannot help.
bool is_refusal(const Error& error) {
  return error.code == ErrorCode::Forbidden || error.code == ErrorCode::Invalid ||
         error.code == ErrorCode::AlreadyExists;
}

class Execution {
 public:
  Execution(const Tools& tools, const Observation& observation, Memory& memory,
            std::stop_token stop)
      : tools_(tools),
        observed_(observation.observed),
        session_(*observation.observed.session),
        memory_(memory),
        stop_(std::move(stop)) {}

  Result<void> operator()(const domain::CreateClaim& action) {
    return create(domain::Step::CreateClaim, action.claim, tools_.stores.claims,
                  [this](const auto& claim) { return domain::is_claim_of(claim, session_); });
  }

  Result<void> operator()(const domain::CreatePod& action) {
    return create(domain::Step::CreatePod, action.pod, tools_.stores.pods, [this](const auto& pod) {
      const auto* controller = api::controller_of(pod.meta);
      return controller != nullptr && controller->uid == session_.meta.uid;
    });
  }

  Result<void> operator()(const domain::DeletePod& action) {
    return remove(tools_.stores.pods, action.name, {.uid = action.uid, .resource_version = {}});
  }

  Result<void> operator()(const domain::DeleteClaim& action) {
    return remove(tools_.stores.claims, action.name,
                  {.uid = action.uid, .resource_version = action.resource_version});
  }

  Result<void> operator()(const domain::SetClaimOwners& action) {
    auto patch = api::encode_owners_patch(action.owners, action.resource_version);
    auto claim =
        tools_.client.patch<api::PersistentVolumeClaim>(key(action.name), std::move(patch), stop_);
    if (!claim) return claim.error();
    tools_.stores.claims.observe_write(*claim);
    return {};
  }

  Result<void> operator()(const domain::WriteStatus& action) {
    auto patch =
        api::encode_status_patch(session_.status, action.status, session_.meta.resource_version);
    auto answer =
        tools_.client.patch_status<api::Session>(key(session_.meta.name), std::move(patch), stop_);
    if (!answer && answer.error().code == ErrorCode::NotFound) return this_session_is_gone();
    if (!answer) return answer.error();
    const bool kept = answer->status == action.status;
    tools_.stores.sessions.observe_write(*answer);
    if (kept) return {};
    // Told again at once it would be dropped again (S41).
    return Error{ErrorCode::Internal,
                 "the API server did not keep the whole status of Session " + session_.meta.name +
                     "; apply the CRDs of this operator's version",
                 "StatusPruned",
                 {}};
  }

  Result<void> operator()(const domain::ConfirmPodGone& action) {
    if (auto there = look_at_session(); !there) return there;
    return confirm_gone(
        tools_.stores.pods, action.name, action.uid,
        [](const auto& pod) { return pod.meta.deletion_timestamp.has_value(); },
        memory_.pod_confirmed_gone);
  }

  Result<void> operator()(const domain::ConfirmClaimGone& action) {
    return confirm_gone(
        tools_.stores.claims, action.name, action.uid, [](const auto&) { return false; },
        memory_.claim_confirmed_gone);
  }

 private:
  kube::ObjectKey key(const std::string& name) const { return {session_.meta.namespace_, name}; }

  // AlreadyExists is answered by a live read: the create may have been ours, with the answer lost.
  // The name alone makes no object ours (I4, S5).
  template <typename T, typename IsOurs>
  Result<void> create(domain::Step step, const T& object, kube::Store<T>& store, IsOurs is_ours) {
    auto made = tools_.client.create(object, stop_);
    if (made) {
      store.observe_write(*made);
      return accepted();
    }
    if (made.error().code != ErrorCode::AlreadyExists) return refused(step, made.error());
    auto there = tools_.client.get<T>(key(object.meta.name), stop_);
    if (!there) return there.error();
    if (!is_ours(*there)) return refused(step, made.error());
    store.observe_write(*there);
    (void)accepted();
    return behind(object.meta.name);
  }

  Result<void> accepted() {
    memory_.refusal.reset();
    memory_.refusals_in_a_row = 0;
    return {};
  }

  Result<void> refused(domain::Step step, const Error& error) {
    if (!is_refusal(error)) return error;
    const auto wait = exponential_backoff(kFirstRetry, kLongestRetry, ++memory_.refusals_in_a_row);
    const auto& revision = observed_.template_.revision;
    memory_.refusal = domain::Refusal{step,
                                      error.code,
                                      error.reason,
                                      error.message,
                                      tools_.clock.now() + wait,
                                      revision ? revision->id.revision : ""};
    return {};
  }

  // The object is there, only the cache may not know it yet: looked at again after a backoff.
  static Error behind(const std::string& name) {
    return {ErrorCode::Conflict, name + " exists; waiting for the cache to show it", "", {}};
  }

  template <typename T>
  Result<void> remove(kube::Store<T>& store, const std::string& name,
                      kube::Preconditions preconditions) {
    const auto uid = preconditions.uid;
    auto removed =
        tools_.client.remove<T>(key(name), {.preconditions = std::move(preconditions)}, stop_);
    if (!removed && removed.error().code != ErrorCode::NotFound) return removed.error();
    memory_.deleted_uids.insert(uid);
    if (removed.ok() && *removed) store.observe_write(**removed);
    return {};
  }

  // Brings the newest form of the Session into the store. NotFound when it is gone.
  Result<void> look_at_session() {
    auto live = tools_.client.get<api::Session>(key(session_.meta.name), stop_);
    const bool gone = live ? live->meta.uid != session_.meta.uid
                           : live.error().code == ErrorCode::NotFound;
    if (gone) return this_session_is_gone();
    if (!live) return live.error();
    tools_.stores.sessions.observe_write(*live);
    return {};
  }

  // The cache will say so, too.
  Error this_session_is_gone() {
    memory_.deleted_uids.insert(session_.meta.uid);
    return {ErrorCode::NotFound, "Session " + session_.meta.name + " is gone", "", {}};
  }

  // `is_going`: a live object that counts as gone although it is there.
  template <typename T, typename IsGoing>
  Result<void> confirm_gone(kube::Store<T>& store, const std::string& name, const std::string& uid,
                            IsGoing is_going, std::string& confirmed) {
    auto live = tools_.client.get<T>(key(name), stop_);
    if (!live && live.error().code != ErrorCode::NotFound) return live.error();
    // Another object under the name is none of ours and must not enter the store.
    if (live && live->meta.uid == uid) {
      store.observe_write(*live);
      if (!is_going(*live)) return behind(name);
    }
    confirmed = uid;
    return {};
  }

  const Tools& tools_;
  const domain::Observed& observed_;
  const api::Session& session_;
  Memory& memory_;
  const std::stop_token stop_;
};

}  // namespace

Result<void> execute(const Tools& tools, const Observation& observation, const domain::Plan& plan,
                     Memory& memory, std::stop_token stop) {
  Execution execution(tools, observation, memory, std::move(stop));
  for (const auto& action : plan.actions) {
    if (!tools.may_write()) {
      return Error{ErrorCode::Cancelled, "this process no longer holds the Lease", "LeaseLost", {}};
    }
    if (auto done = std::visit(execution, action); !done) return done;
  }
  return {};
}

}  // namespace sojourn::controllers::session
