#include "sojourn/base/clock.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/fake/fake_clock.h"

namespace sojourn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SystemClock, AReadyWaitReturnsAtOnce) {
  SystemClock clock;
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  EXPECT_TRUE(clock.wait_until(lock, condition, SteadyTime::max(), {}, [] { return true; }));
}

TEST(SystemClock, ADeadlineInThePastEndsTheWait) {
  SystemClock clock;
  EXPECT_TRUE(sleep_until(clock, clock.steady_now() - seconds(1), {}));
}

TEST(SystemClock, AStopRequestEndsAWaitWithoutDeadline) {
  SystemClock clock;
  bool whole = true;
  std::jthread sleeper(
      [&](std::stop_token stop) { whole = sleep_until(clock, SteadyTime::max(), stop); });
  sleeper.request_stop();
  sleeper.join();
  EXPECT_FALSE(whole);
}

TEST(FakeClock, AdvanceWakesASleeperWhoseDeadlineItPasses) {
  fake::FakeClock clock;
  bool whole = false;
  std::jthread sleeper([&](std::stop_token stop) {
    whole = sleep_until(clock, clock.steady_now() + seconds(60), stop);
  });
  clock.await_waiters(1);
  clock.advance(seconds(61));
  sleeper.join();
  EXPECT_TRUE(whole);
}

TEST(FakeClock, AJumpMovesTheWallClockAlone) {
  fake::FakeClock clock;
  const auto wall = clock.now();
  const auto steady = clock.steady_now();
  clock.jump(seconds(5));
  EXPECT_EQ(clock.now(), wall + seconds(5));
  EXPECT_EQ(clock.steady_now(), steady);
}

}  // namespace
}  // namespace sojourn
