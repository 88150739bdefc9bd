#include "tests/fake/fake_clock.h"

#include <algorithm>

namespace sojourn::fake {

FakeClock::FakeClock(Time start) : now_(start) {}

Time FakeClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

SteadyTime FakeClock::steady_now() const {
  const std::lock_guard lock(mutex_);
  return steady_;
}

bool FakeClock::wait_until(std::unique_lock<std::mutex>& lock,
                           std::condition_variable_any& condition, SteadyTime deadline,
                           std::stop_token stop, const std::function<bool()>& ready) {
  {
    const std::lock_guard own(mutex_);
    waiting_.push_back(&condition);
    changed_.notify_all();
  }
  // advance() may notify between the check and the wait, as it does not hold the caller's lock: a
  // short real wait bounds what such a lost wake-up can cost. The fake time alone decides.
  while (!ready() && !stop.stop_requested() && steady_now() < deadline) {
    condition.wait_for(lock, stop, std::chrono::milliseconds(2),
                       [&] { return ready() || steady_now() >= deadline; });
  }
  {
    const std::lock_guard own(mutex_);
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &condition));
  }
  return ready();
}

void FakeClock::advance(Duration by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
  steady_ += by;
  for (auto* condition : waiting_) condition->notify_all();
}

void FakeClock::jump(Duration by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
}

void FakeClock::await_waiters(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() >= count; });
}

}  // namespace sojourn::fake
