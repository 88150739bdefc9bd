#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sojourn/api/event.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/session.h"
#include "sojourn/domain/reason.h"

namespace sojourn::domain {

// The only writes the operator makes for a Session.
struct CreateClaim {
  api::PersistentVolumeClaim claim;
};
struct CreatePod {
  api::Pod pod;
};
// Deletes exactly this pod: the uid is a precondition.
struct DeletePod {
  std::string name;
  std::string uid;
};
// Deletes exactly this revision of the claim: uid and resourceVersion are preconditions.
struct DeleteClaim {
  std::string name;
  std::string uid;
  std::string resource_version;
};
// Changes who holds the claim, who owns it and what is said of its retention; the resourceVersion
// is a precondition.
struct UpdateClaim {
  std::string name;
  std::string resource_version;
  api::MetadataPatch changes;
};
// Asks for a larger volume: the claim's requested size becomes `size`, a quantity. The
// resourceVersion is a precondition.
struct GrowClaim {
  std::string name;
  std::string resource_version;
  std::string size;
};
// Deletes exactly this revision of the Session: uid and resourceVersion are preconditions. What it
// owns goes with it.
struct DeleteSession {
  std::string name;
  std::string uid;
  std::string resource_version;
};
// Writes /status with the resourceVersion of the Session it was decided from.
struct WriteStatus {
  api::SessionStatus status;
};
// Reads, no writes: before a recorded object is called lost, the API server itself is asked. A pod
// counts as gone once it is being deleted; whether its Session is still there is asked as well, for
// the two often go together.
struct ConfirmPodGone {
  std::string name;
  std::string uid;
};
struct ConfirmClaimGone {
  std::string name;
  std::string uid;
};

// A read as well, before a clock ends anything: whether this machine's clock agrees with the API
// server's, and whether the Session still is what it was decided from.
struct ConfirmTime {};

using Action =
    std::variant<CreateClaim, CreatePod, DeletePod, DeleteClaim, UpdateClaim, GrowClaim,
                 DeleteSession, WriteStatus, ConfirmPodGone, ConfirmClaimGone, ConfirmTime>;

struct PlannedEvent {
  api::EventType type = api::EventType::Normal;
  Why why;
  friend bool operator==(const PlannedEvent&, const PlannedEvent&) = default;
};

// What to do now. The executor runs the actions in order and stops at the first that fails; no
// action depends on the answer to an earlier one. After any action the Session is observed again.
struct Plan {
  std::vector<Action> actions = {};
  std::optional<Time> recheck = {};       // look again then, if nothing wakes the key before
  std::vector<PlannedEvent> events = {};  // to publish once the actions have succeeded
  std::string_view check = {};            // the check of decide() that spoke, for logs and tests
};

}  // namespace sojourn::domain
