#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "sojourn/base/clock.h"
#include "sojourn/base/error.h"

namespace sojourn::kube {

// The decisions of one kind's list and watch, apart from all input and output. The caller does what
// `phase` says, tells on() how it went, and waits `delay` before it does the next thing.

// How often something failed of late.
struct WatchBackoff {
  unsigned failures = 0;
  SteadyTime last = {};
};

struct WatchState {
  enum class Phase {
    Listing,   // read all there is
    Watching,  // watch from `position` on
  };
  Phase phase = Phase::Listing;
  // The highest resourceVersion seen; nothing before the end of the first list.
  std::optional<std::uint64_t> position = {};
  // The server showed a lower version than it had before: its store was restored from a backup.
  bool went_back = false;
  // The watch before this one ended because nothing was heard.
  bool was_silent = false;
  // Kept apart, so that the end of an outage, which often expires the watch, is not followed by the
  // long delay that the outage has earned.
  WatchBackoff outage = {};  // calls that failed
  WatchBackoff expiry = {};  // lists that a watch made necessary
};

// A list was read whole; `version` is its resourceVersion.
struct Listed {
  std::uint64_t version = 0;
};
struct ListFailed {
  Error error;
};
// An event or a bookmark of the watch.
struct Progress {
  std::uint64_t version = 0;
};
// `error`: nothing when the server ended the watch in good order. `brief`: it lasted less than a
// second and told nothing.
struct WatchEnded {
  std::optional<Error> error = {};
  bool brief = false;
};
// Another kind's cache saw the server's history go back.
struct WentBack {};
using WatchInput = std::variant<Listed, ListFailed, Progress, WatchEnded, WentBack>;

struct WatchStep {
  WatchState state;
  Duration delay{0};
  bool reset = false;          // nothing known before the list that was read counts any more
  bool abandon_watch = false;  // the running watch is of no more use
};

// `draw` in [0, 1) spreads the delays.
WatchStep on(WatchState state, const WatchInput& input, SteadyTime now, double draw);

}  // namespace sojourn::kube
