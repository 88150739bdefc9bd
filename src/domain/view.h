#pragma once

#include <optional>
#include <vector>

#include "domain/clocks.h"
#include "sojourn/domain/observed.h"
#include "sojourn/domain/policy.h"
#include "sojourn/domain/reason.h"

namespace sojourn::domain {

// The facts about one observation that several checks ask for, worked out once. Holds references to
// the observation and the policy: a value for the length of one decide().
struct View {
  View(const Observed& observed, const Policy& policy, Time now);

  const Observed& observed;
  const Policy& policy;
  const Time now;
  const api::Session& session;
  const api::SessionStatus& was;        // the status as it stands
  const api::Pod* pod = nullptr;        // the pod of our name
  std::vector<const api::Pod*> strays;  // pods of ours under other names
  const api::PersistentVolumeClaim* claim = nullptr;
  bool claim_is_ours = false;        // held by this Session
  std::optional<Time> claim_let_go;  // when the Session was over for good, and its volume free

  std::optional<Expiry> expiry;
  std::optional<Time> awake_until;  // the end of limits.activeDeadlineSeconds
  bool expired = false;             // past it by a clock that agrees, or already told so: final
  std::optional<Time> deleted_at;   // the end of ttl.deleteAfterFinishedSeconds
  bool time_is_due = false;         // one of these is past by this machine's clock, and not told
  bool suspended = false;           // desired Paused or Stopped
  bool cancelled = false;           // desired Cancelled
  bool waking = false;              // IDLE with a pod coming up
  bool new_token = false;           // spec.runToken is another than the one handled
  bool runs_again = false;          // finished, and the new token asks for another run

  bool is(api::SessionState state) const { return was.state == state; }
  bool is_task() const { return session.spec.mode == api::SessionMode::Task; }
  // The pod exists and nobody has asked it to go.
  bool pod_stays() const { return pod != nullptr && !pod->meta.deletion_timestamp; }
  // A task's command ended with 0. A pod that was asked to go may end with 0 as well: that is no
  // success.
  bool task_succeeded() const {
    return is_task() && pod_stays() && pod->status.phase == api::PodPhase::Succeeded;
  }
  bool pod_finished() const {
    return pod != nullptr && (pod->status.phase == api::PodPhase::Failed ||
                              pod->status.phase == api::PodPhase::Succeeded);
  }
  // No longer of use: finished, or asked to go, which under READY is not our doing (T5).
  bool pod_has_ended() const { return pod_finished() || (pod != nullptr && !pod_stays()); }
  // A condition's status and reason as they stand.
  bool condition_is_true(std::string_view type) const;
  // The reason of the condition Stalled, if it is set.
  std::optional<Reason> stalled_reason() const;
  // When the start under way began: Reconciling's transition.
  std::optional<Time> start_began() const;
};

}  // namespace sojourn::domain
