#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/base/error.h"

namespace sojourn::domain {

// A template's spec pinned as a ControllerRevision that was seen on the API server.
struct Revision {
  api::TemplateStatus id;
  std::shared_ptr<const api::SessionTemplateSpec> spec;
};

enum class TemplateState {
  Missing,  // no such SessionTemplate
  Invalid,  // it cannot make a pod
  Pending,  // valid, its revision not yet seen
  Usable,
};

struct TemplateView {
  TemplateState state = TemplateState::Missing;
  std::string problem;  // of Invalid
  // What the next pod start takes: the newest revision, or the last one named in the status while
  // the template is missing, invalid or pending. Unset: no pod can be made.
  std::optional<Revision> revision;
};

enum class Step { CreateClaim, CreatePod };

// Refusal::reason when what stands in the way is the Session's own object without the label by
// which the operator follows it.
inline constexpr std::string_view kLabelLost = "LabelLost";

// The API server's last "no" to one of our creates. Kept in memory only: after a restart the create
// is simply tried again.
struct Refusal {
  Step step = Step::CreatePod;
  ErrorCode code = ErrorCode::Forbidden;
  std::string reason;         // of the Kubernetes Status
  std::string message;        // of the Kubernetes Status
  Time retry_at;              // no second try before
  std::string revision = {};  // that a refused pod was made from
};

// A status that the API server did not keep whole, because its CRD is older than the operator
// (S41). Kept in memory only.
struct PrunedStatus {
  api::SessionStatus status;  // as it was to be
  Time retry_at;              // nothing that says no more is written before
};

// The API server's last "no" to a GrowClaim. Kept in memory only.
struct RefusedGrowth {
  std::string size;     // that was asked for
  std::string message;  // of the Kubernetes Status
  Time retry_at;        // that size is not asked for again before
};

// What the API server's clock said to this machine's when a time was due (S21). Kept in memory
// only.
enum class ClockCheck {
  Unknown,  // not asked lately
  Agrees,
  Differs,  // nothing is ended by time
};

// Everything a decision about one Session may depend on, read at one moment.
struct Observed {
  std::shared_ptr<const api::Session> session;
  std::string child_name;  // of the pod, and of the claim unless the Session names another
  std::string claim_name;
  TemplateView template_;
  // Every pod whose controller reference carries the Session's uid, finished ones included.
  std::vector<std::shared_ptr<const api::Pod>> pods;
  // The claim of that name, whoever made it.
  std::shared_ptr<const api::PersistentVolumeClaim> claim;
  // It was made by the operator: its name follows from the Session its labels say it was made for.
  bool claim_is_genuine = false;
  std::optional<Refusal> refusal;
  std::optional<PrunedStatus> pruned;
  std::optional<RefusedGrowth> refused_growth;
  ClockCheck clock = ClockCheck::Unknown;
  std::optional<Time> clock_retry_at;  // of Differs: it is asked again then
  // Uids whose absence (of a pod: or deletion) a live read confirmed, because a cache may lag.
  std::string pod_confirmed_gone;
  std::string claim_confirmed_gone;
};

}  // namespace sojourn::domain
