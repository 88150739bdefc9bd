#include "operator/deadline.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace sojourn::operator_ {
namespace {

// A reconcile makes a handful of calls of 10 s at most.
constexpr Duration kStuck = std::chrono::minutes(5);
constexpr Duration kWatchdogPeriod = std::chrono::seconds(10);

}  // namespace

void end_process(const Logger& logger, const std::string& why) {
  logger.error("the process ends now", {{"why", why}});
  _exit(EXIT_FAILURE);
}

HardDeadline::HardDeadline(Duration limit, Clock& clock, Logger logger)
    : thread_([limit, &clock, logger = std::move(logger)](std::stop_token stop) {
        if (sleep_until(clock, clock.steady_now() + limit, stop)) {
          end_process(logger, "stopping took too long");
        }
      }) {}

Watchdog::Watchdog(std::function<Duration()> longest_running, Clock& clock, Logger logger)
    : thread_([longest_running = std::move(longest_running), &clock,
               logger = std::move(logger)](std::stop_token stop) {
        while (sleep_until(clock, clock.steady_now() + kWatchdogPeriod, stop)) {
          if (longest_running() > kStuck) end_process(logger, "a reconcile is stuck");
        }
      }) {}

}  // namespace sojourn::operator_
