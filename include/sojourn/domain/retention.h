#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/session.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// What a claim says of its retention. Its labels kSessionLabel and kSessionUidLabel name the
// Session that holds it; once another than the first has taken it over, these name the first, from
// whose name and uid the claim's own name follows.
inline constexpr std::string_view kFirstSessionLabel = "sojourn.dev/first-session";
inline constexpr std::string_view kFirstSessionUidLabel = "sojourn.dev/first-session-uid";
// Of the holder: who made it.
inline constexpr std::string_view kCreatedByAnnotation = "sojourn.dev/created-by";
// Seconds that the claim is to be kept once it is released.
inline constexpr std::string_view kRetainForAnnotation = "sojourn.dev/retain-for";
// On a released claim alone: the label, since when, and until when if not for ever.
inline constexpr std::string_view kRetainedLabel = "sojourn.dev/retained";
inline constexpr std::string_view kRetainedAtAnnotation = "sojourn.dev/retained-at";
inline constexpr std::string_view kRetainUntilAnnotation = "sojourn.dev/retain-until";

struct SessionName {
  std::string name;
  std::string uid;
  friend bool operator==(const SessionName&, const SessionName&) = default;
};
SessionName holder_of(const api::PersistentVolumeClaim& claim);
SessionName first_holder_of(const api::PersistentVolumeClaim& claim);

// No Session uses the claim any more: its holder is gone, was cancelled or has expired.
bool is_released(const api::PersistentVolumeClaim& claim);
// Unset: for ever, which is also what a word that is no time comes to.
std::optional<Time> retained_until(const api::PersistentVolumeClaim& claim);

// Since when a Session needs its volume no more: it was cancelled or has expired, both of which are
// final.
std::optional<Time> released_since(const api::SessionStatus& status);

// When the claim of a holder with that status may be deleted; unset: never, or at once because
// storage.retention.whenExpired says so.
std::optional<Time> end_of_retention(Time since, const Policy& policy,
                                     const api::SessionStatus& status);

// Marks a claim as released at that time, kept for as long as its annotation says.
api::MetadataPatch release(const api::PersistentVolumeClaim& claim, Time at);
// Makes `session` the holder of a claim, released or not, and takes everybody else's owner
// references off it: the end of the last holder must not take the claim along.
api::MetadataPatch hand_over(const api::PersistentVolumeClaim& claim, const api::Session& session,
                             const Policy& policy);
// What is to change on the claim of a holder so that it says what the policy and the holder's
// status ask for. `may_release`: no pod of the holder is left.
api::MetadataPatch keep_up(const api::PersistentVolumeClaim& claim, const api::Session& session,
                           const Policy& policy, bool may_release);

// What the caches tell about a claim whose holder does not look after it any more.
struct ClaimObserved {
  enum class Holder {
    Active,  // it looks after its claim itself
    Over,    // cancelled or expired
    Unseen,  // not there, as far as the cache knows
  };
  std::shared_ptr<const api::PersistentVolumeClaim> claim;
  bool is_genuine = false;  // as Observed::claim_is_genuine
  Holder holder = Holder::Active;
  bool holder_has_pod = false;
  bool is_asked_for = false;  // by the storage.existingClaim of a Session that is not over
};

struct ClaimPlan {
  enum class Step {
    Rest,
    Release,  // once live reads have shown that the holder and its pod are gone
    Reap,     // once live reads have shown that its time is over and nobody mounts it
  };
  Step step = Step::Rest;
  std::optional<Time> recheck = {};
};

// Pure and total, as decide() is for Sessions.
ClaimPlan decide_retention(const ClaimObserved& observed, Time now);

}  // namespace sojourn::domain
