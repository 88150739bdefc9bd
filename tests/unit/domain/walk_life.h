#pragma once

#include <string>
#include <vector>

#include "tests/unit/domain/world.h"

namespace sojourn::domain::test {

// What goes wrong with one round of the operator. A lost answer and a cut differ for the process,
// not for a decision that starts from what is observed: both forget what was in memory.
enum class Mishap { None, Cut, AnswerLost, StaleSnapshot };

// What somebody else does meanwhile.
enum class Turn {
  None,
  StatusWiped,
  PodDeleted,
  PodAdded,
  PodFailed,
  ClaimDeleted,
  ClockJumps,
  TemplateTurnsStrict,  // it requires what the Session does not give
  TemplateRelents,      // it has and allows all that the Session may ask for
  SizeRaised,
  Stopped,
  Woken,
};

// A world and what happens to it on its way.
struct Life {
  World world;
  Surroundings surroundings = Surroundings::Cooperative;
  Mishap mishap = Mishap::None;
  int mishap_at = 0;  // the round of the operator
  Turn turn = Turn::None;
  int turn_at = 0;
};

// Lives it until neither the operator nor the surroundings have anything to do, and time does not
// help either. Returns the promises that were broken on the way and at the end.
std::vector<std::string> live(Life& life);

}  // namespace sojourn::domain::test
