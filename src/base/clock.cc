#include "sojourn/base/clock.h"

namespace sojourn {

Time SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

bool SystemClock::wait_until(std::unique_lock<std::mutex>& lock,
                             std::condition_variable_any& condition, SteadyTime deadline,
                             std::stop_token stop, const std::function<bool()>& ready) {
  if (deadline == SteadyTime::max()) return condition.wait(lock, stop, ready);
  return condition.wait_until(lock, stop, deadline, ready);
}

bool sleep_until(Clock& clock, SteadyTime deadline, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  clock.wait_until(lock, condition, deadline, stop, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace sojourn
