#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

namespace sojourn {

using Duration = std::chrono::microseconds;
// Wall-clock time: what Kubernetes objects carry. May jump.
using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;
// Steady time: in-process waits, deadlines and leases. Never jumps.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// The only source of time in the program, so that tests own it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual SteadyTime steady_now() const = 0;

  // Waits on `condition` (with `lock` held) until `ready()` is true, `deadline` is reached or
  // `stop` is requested; returns ready(). SteadyTime::max() waits without a deadline.
  virtual bool wait_until(std::unique_lock<std::mutex>& lock,
                          std::condition_variable_any& condition, SteadyTime deadline,
                          std::stop_token stop, const std::function<bool()>& ready) = 0;
};

// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  SteadyTime steady_now() const override;
  bool wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
                  SteadyTime deadline, std::stop_token stop,
                  const std::function<bool()>& ready) override;
};

// Sleeps until `deadline` or until `stop` is requested; true when the whole time passed.
bool sleep_until(Clock& clock, SteadyTime deadline, std::stop_token stop);

}  // namespace sojourn
