#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "sojourn/base/clock.h"

namespace sojourn::fake {

// A clock that moves only when told to. advance() wakes everybody whose deadline it passes. The
// wall clock can be set apart from the steady one, to play a jump. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = Time{
                         std::chrono::seconds{1'767'225'600}});  // 2026-01-01T00:00:00Z

  Time now() const override;
  SteadyTime steady_now() const override;
  bool wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
                  SteadyTime deadline, std::stop_token stop,
                  const std::function<bool()>& ready) override;

  // Moves both clocks.
  void advance(Duration by);
  // Moves the wall clock alone.
  void jump(Duration by);
  // Blocks until at least `count` threads wait on this clock with a deadline or without.
  void await_waiters(std::size_t count);

 private:
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  Time now_;
  SteadyTime steady_{};
  std::vector<std::condition_variable_any*> waiting_;
};

}  // namespace sojourn::fake
