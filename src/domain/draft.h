#pragma once

#include <optional>

#include "domain/view.h"

namespace sojourn::domain {

// The status that a check wants to see written: the present one with changes, and what the
// conditions are derived from. seal() turns it into the status to be.
struct Draft {
  explicit Draft(const View& view);

  api::SessionStatus status;
  bool waking = false;
  bool suspended = false;
  bool begins_start = false;  // the start clock is set anew
  std::optional<Why> stalled;
  std::optional<Why> agent_up;  // AgentReady is True
  Why agent_down{Reason::NoAgent, "no pod runs"};
  std::optional<Why> degraded;

  void move_to(api::SessionState state, Why why);
  void finish(api::Outcome outcome, Time now);

 private:
  Time now_;
};

// The word that says the same in conditions.
Reason reason_of(api::Outcome outcome);

// Of a Session that is to be paused or stopped.
Why suspension(const View& view);

// With the conditions of state-machine.md §3 and the volume's record. Keeps transition times where
// a condition's status does not flip.
api::SessionStatus seal(const View& view, Draft draft);

// The present status, told to stand for the present generation of the spec, and nothing else.
api::SessionStatus keep(const View& view);

}  // namespace sojourn::domain
