#pragma once

#include <optional>
#include <string>

#include "tests/unit/domain/walk_life.h"

namespace sojourn::domain::test {

// What of a life's beginning its end is held to.
struct Beginning {
  explicit Beginning(const Life& life);

  bool storage_whole = true;  // nothing is or will be wrong with the claim that only a person mends
  std::optional<Time> finished;
  bool runs_again = false;     // has an outcome, and another run is asked for
  bool keeps_its_pod = false;  // awake on a good pod, and nothing that ends it is to come
};

// Where a life in cooperative surroundings must come to rest; "" when it did.
std::string judge_end(const World& world, const Beginning& beginning);

}  // namespace sojourn::domain::test
