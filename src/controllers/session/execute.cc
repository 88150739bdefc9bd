#include "controllers/session/execute.h"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>

#include "controllers/claim_patch.h"
#include "controllers/lease_lost.h"
#include "sojourn/api/json/object_header_json.h"
#include "sojourn/api/json/persistent_volume_claim_json.h"
#include "sojourn/api/json/session_json.h"
#include "sojourn/base/backoff.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/quantity.h"
#include "sojourn/kube/request.h"
#include "sojourn/kube/resources.h"

namespace sojourn::controllers::session {
namespace {

using std::chrono::milliseconds;

// A refused create is tried again after 1, 2, 4 ... 25 s: whatever lifted the refusal is noticed
// within 30 s, and a full quota costs the API server two requests a minute.
constexpr milliseconds kFirstRetry{1'000};
constexpr milliseconds kLongestRetry{25'000};

// A class that does not let its volumes grow seldom changes.
constexpr milliseconds kFirstGrowth{60'000};
constexpr milliseconds kLongestGrowth{1'800'000};

// A status that the API server prunes stays so until somebody applies newer CRDs (S41).
constexpr milliseconds kFirstRewrite{30'000};
constexpr milliseconds kLongestRewrite{300'000};

// More than clocks that somebody keeps in step ever differ.
constexpr std::chrono::seconds kMostSkew{30};

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

  Result<void> operator()(const domain::UpdateClaim& action) {
    const auto claim = patch_claim(tools_.client, tools_.stores.claims, key(action.name),
                                   action.resource_version, action.changes, stop_);
    if (!claim) return claim.error();
    return {};
  }

  Result<void> operator()(const domain::GrowClaim& action) {
    auto grown = tools_.client.patch<api::PersistentVolumeClaim>(
        key(action.name), api::encode_growth_patch(action.size, action.resource_version), stop_);
    if (!grown)
      return is_refusal(grown.error()) ? growth_refused(action, grown.error().message)
                                       : Result<void>(grown.error());
    // "1024Mi" comes back as "1Gi".
    const bool kept = domain::parse_milli_quantity(grown->requested_size) ==
                      domain::parse_milli_quantity(action.size);
    tools_.stores.claims.observe_write(*grown);
    if (!kept) return growth_refused(action, "something sets its size back");
    return growth_settled();
  }

  Result<void> operator()(const domain::DeleteSession& action) {
    return remove(tools_.stores.sessions, action.name,
                  {.uid = action.uid, .resource_version = action.resource_version});
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
    if (kept) {
      memory_.pruned.reset();
      memory_.pruned_in_a_row = 0;
      const bool no_longer =
          says_refused_growth(session_.status) && !says_refused_growth(action.status);
      return no_longer ? growth_settled() : Result<void>();
    }
    const auto wait =
        exponential_backoff(kFirstRewrite, kLongestRewrite, ++memory_.pruned_in_a_row);
    memory_.pruned = domain::PrunedStatus{action.status, tools_.clock.now() + wait};
    return {};
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

  Result<void> operator()(const domain::ConfirmTime&) {
    std::optional<Time> date;
    if (auto there = look_at_session(&date); !there) return there;
    const auto now = tools_.clock.now();
    const bool agrees = !date || std::chrono::abs(now - *date) <= kMostSkew;
    memory_.clock = agrees ? domain::ClockCheck::Agrees : domain::ClockCheck::Differs;
    memory_.clock_until = now + kClockCheckStands;
    return {};
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
    // A namespace takes its Sessions with it.
    if (made.error().code == ErrorCode::NotFound) return this_session_is_gone();
    if (made.error().code != ErrorCode::AlreadyExists) return refused(step, made.error());
    auto there = read_live<T>(object.meta.name);
    if (!there) return there.error();
    if (!is_ours(there->object)) return refused(step, made.error());
    if (!there->followed) return out_of_sight(there->object);
    store.observe_write(there->object);
    (void)accepted();
    return behind(object.meta.name);
  }

  template <typename T>
  struct Live {
    T object;
    // Has the label by which its cache selects, which the cache does not keep.
    bool followed = false;
  };
  template <typename T>
  Result<Live<T>> read_live(const std::string& name) {
    const auto& info = kube::ResourceTraits<T>::info;
    return decode_live<T>(
        tools_.client.call({"get", info, key(name)}, kube::get_request(info, key(name)), stop_));
  }
  template <typename T>
  static Result<Live<T>> decode_live(const Result<std::string>& body) {
    if (!body) return body.error();
    auto object = kube::ResourceTraits<T>::decode(*body);
    if (!object) return object.error();
    const auto header = api::decode_object_header(*body);
    if (!header) return header.error();
    const bool followed =
        api::lookup(header->meta.labels, domain::kManagedByLabel) == domain::kManagedBy;
    return Live<T>{std::move(*object), followed};
  }

  // Our own object without our label. Whoever takes labels off a pod may want to look at it in
  // peace, so it is left as it is and a person is told.
  Result<void> out_of_sight(const api::Pod& pod) {
    return refused(domain::Step::CreatePod,
                   Error{ErrorCode::AlreadyExists,
                         "pod " + pod.meta.name + " has lost its label " + label_text() +
                             "; put it back or delete the pod",
                         std::string(domain::kLabelLost),
                         {}});
  }
  // A claim holds the Session's data, and there is no other for it: it gets its label back.
  Result<void> out_of_sight(const api::PersistentVolumeClaim& claim) {
    using Claim = api::PersistentVolumeClaim;
    const auto& info = kube::ResourceTraits<Claim>::info;
    api::MetadataPatch label;
    label.labels.emplace(domain::kManagedByLabel, domain::kManagedBy);
    auto patch = api::encode_metadata_patch(label, claim.meta.resource_version);
    const auto name = key(claim.meta.name);
    const auto mended = decode_live<Claim>(tools_.client.call(
        {"patch", info, name}, kube::patch_request(info, name, std::move(patch)), stop_));
    if (!mended) return mended.error();
    if (!mended->followed) {
      return Error{ErrorCode::Invalid,
                   "claim " + claim.meta.name + " does not keep its label " + label_text() +
                       "; find out what takes it off",
                   std::string(domain::kLabelLost),
                   {}};
    }
    tools_.stores.claims.observe_write(mended->object);
    return {};
  }
  static std::string label_text() {
    return std::string(domain::kManagedByLabel) + "=" + std::string(domain::kManagedBy);
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

  Result<void> growth_refused(const domain::GrowClaim& action, const std::string& message) {
    const auto wait =
        exponential_backoff(kFirstGrowth, kLongestGrowth, ++memory_.growths_refused_in_a_row);
    memory_.refused_growth = domain::RefusedGrowth{action.size, message, tools_.clock.now() + wait};
    return {};
  }
  static bool says_refused_growth(const api::SessionStatus& status) {
    const auto* degraded = api::find_condition(status.conditions, "Degraded");
    return degraded != nullptr && degraded->reason == to_string(domain::Reason::ResizeRefused);
  }
  // It was granted, or is not asked for any more.
  Result<void> growth_settled() {
    memory_.refused_growth.reset();
    memory_.growths_refused_in_a_row = 0;
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

  // Brings the newest form of the Session into the store. NotFound when it is gone. `date` takes
  // the API server's clock.
  Result<void> look_at_session(std::optional<Time>* date = nullptr) {
    auto live = tools_.client.get_dated<api::Session>(key(session_.meta.name), stop_);
    const bool gone = live ? live->object.meta.uid != session_.meta.uid
                           : live.error().code == ErrorCode::NotFound;
    if (gone) return this_session_is_gone();
    if (!live) return live.error();
    tools_.stores.sessions.observe_write(live->object);
    if (date != nullptr) *date = live->date;
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
    auto live = read_live<T>(name);
    if (!live && live.error().code != ErrorCode::NotFound) return live.error();
    // Another object under the name is none of ours and must not enter the store.
    const bool is_it = live && live->object.meta.uid == uid;
    if (is_it && live->followed) {
      store.observe_write(live->object);
      if (!is_going(live->object)) return behind(name);
    } else if (is_it && !is_going(live->object)) {
      if (auto told = out_of_sight(live->object); !told) return told;
      if constexpr (std::is_same_v<T, api::PersistentVolumeClaim>) return {};  // in sight again
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
    if (!tools.may_write()) return lease_lost();
    if (auto done = std::visit(execution, action); !done) return done;
  }
  return {};
}

}  // namespace sojourn::controllers::session
