#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/clocks.h"
#include "domain/draft.h"
#include "domain/view.h"
#include "sojourn/domain/plan.h"

namespace sojourn::domain {

// What one check of decide() wants. One kind of step is taken per round: `first`, else the status
// if it differs from the present one, else `then`; after it the Session is observed again. So the
// status is always written before what it announces is done (T2), and every round stands on what
// was seen.
struct Verdict {
  std::vector<Action> first = {};
  std::optional<api::SessionStatus> status = {};
  std::vector<Action> then = {};
  std::optional<Time> recheck = {};
};

// A check speaks or leaves the decision to the next one.
using Check = std::optional<Verdict> (*)(const View& view);

struct Failure {
  Why why;
  bool counts = true;               // uses up an attempt
  bool keeps_pod = false;           // the pod may still become usable (T6, causes outside)
  std::optional<Why> stalled = {};  // no retry by itself
};

// To ERROR: counts the attempt and sets the time of the next one, or gives up.
Verdict fail(const View& view, Failure failure);
// T5: a cache may lag behind the recorded uid, so the API server is asked before the recorded pod
// is called lost.
Verdict lose_pod(const View& view);
// To ERROR because the pod has ended (see View::pod_has_ended).
Verdict end_with_pod(const View& view);
// To ERROR, with no retry by itself, when the recorded claim or the volume behind it is gone
// (VolumeLost), or somebody else's claim has its name (VolumeConflict).
std::optional<Verdict> volume_loss(const View& view);
// To READY on the pod that was observed, recording which one.
Verdict become_ready(const View& view);
// `action` in `then` if a pod is there and nobody has asked it to go.
void delete_pod(const View& view, Verdict& verdict);

// Checks, in the order of decide().
std::optional<Verdict> claim_upkeep(const View& view);
std::optional<Verdict> claim_growth(const View& view);
std::optional<Verdict> busy(const View& view);
std::optional<Verdict> task_ended(const View& view);
std::optional<Verdict> expiry(const View& view);
std::optional<Verdict> run_asked(const View& view);
std::optional<Verdict> outcome_reached(const View& view);
std::optional<Verdict> cancellation_asked(const View& view);
std::optional<Verdict> suspension_asked(const View& view);
std::optional<Verdict> active_time_over(const View& view);
std::optional<Verdict> awake(const View& view);
std::optional<Verdict> failed(const View& view);
std::optional<Verdict> starting(const View& view);

}  // namespace sojourn::domain
