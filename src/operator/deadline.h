#pragma once

#include <functional>
#include <string>
#include <thread>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"

namespace sojourn::operator_ {

// Ends the process at once, without destructors: for states in which going on could do harm, and
// for a stop that hangs. The log line says why.
[[noreturn]] void end_process(const Logger& logger, const std::string& why);

// Ends the process when it still exists after `limit`.
class HardDeadline {
 public:
  HardDeadline(Duration limit, Clock& clock, Logger logger);

 private:
  std::jthread thread_;
};

// Looks at the workers from time to time and ends the process when one is stuck: it is started anew
// and comes to the same end.
class Watchdog {
 public:
  // `longest_running` says how long the oldest reconcile under way has taken.
  Watchdog(std::function<Duration()> longest_running, Clock& clock, Logger logger);

 private:
  std::jthread thread_;
};

}  // namespace sojourn::operator_
