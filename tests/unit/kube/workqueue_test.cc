#include "sojourn/kube/workqueue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "sojourn/base/random.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkQueueTest : public testing::Test {
 protected:
  // The keys that can be had now, given back at once.
  std::string drain() {
    std::string keys;
    while (const auto key = queue_.try_get()) {
      keys += *key;
      queue_.done(*key);
    }
    return keys;
  }
  fake::FakeClock clock_;
  fake::CountingTelemetry telemetry_;
  WorkQueue<char> queue_{"q", clock_, telemetry_};
};

TEST_F(WorkQueueTest, KeysComeInTheOrderTheyWereAddedAndEachOnce) {
  for (const char key : std::string("abcab")) queue_.add(key);
  EXPECT_EQ(queue_.size(), 3U);
  EXPECT_EQ(drain(), "abc");
}

TEST_F(WorkQueueTest, AKeyAddedWhileItIsWorkedOnComesAgainAfterDoneAndOnlyOnce) {
  queue_.add('a');
  ASSERT_EQ(queue_.try_get(), 'a');
  queue_.add('a');
  queue_.add('a');
  EXPECT_EQ(queue_.try_get(), std::nullopt);
  queue_.done('a');
  EXPECT_EQ(drain(), "a");
}

TEST_F(WorkQueueTest, ADelayedKeyComesWhenItsTimeHasCome) {
  queue_.add_after('a', seconds(10));
  EXPECT_EQ(drain(), "");
  EXPECT_EQ(queue_.next_delayed(), clock_.steady_now() + seconds(10));
  clock_.advance(seconds(10) - milliseconds(1));
  EXPECT_EQ(drain(), "");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(drain(), "a");
  EXPECT_EQ(queue_.next_delayed(), std::nullopt);
}

TEST_F(WorkQueueTest, TheEarlierOfTwoTimesWins) {
  queue_.add_after('a', seconds(10));
  queue_.add_after('a', seconds(5));
  queue_.add_after('b', seconds(5));
  queue_.add_after('b', seconds(10));
  clock_.advance(seconds(5));
  EXPECT_EQ(drain(), "ab");
  clock_.advance(seconds(100));
  EXPECT_EQ(drain(), "");
}

TEST_F(WorkQueueTest, AKeyDueWhileItIsWorkedOnWaitsForDone) {
  queue_.add('a');
  ASSERT_EQ(queue_.try_get(), 'a');
  queue_.add_after('a', seconds(1));
  clock_.advance(seconds(2));
  EXPECT_EQ(queue_.try_get(), std::nullopt);
  queue_.done('a');
  EXPECT_EQ(drain(), "a");
}

TEST_F(WorkQueueTest, BackoffDoublesFromFiveMillisecondsUpToAThousandSeconds) {
  SteadyTime now = clock_.steady_now();
  for (int failures = 0; failures < 25; ++failures) {
    queue_.add_rate_limited('a');
    const auto delay = *queue_.next_delayed() - now;
    const auto expected = std::min<long long>(5LL << failures, 1'000'000);
    EXPECT_EQ(delay, milliseconds(expected)) << failures;
    clock_.advance(std::chrono::duration_cast<Duration>(delay));
    now = clock_.steady_now();
    EXPECT_EQ(drain(), "a");
  }
  queue_.forget('a');
  queue_.add_rate_limited('a');
  EXPECT_EQ(*queue_.next_delayed() - now, milliseconds(5));
}

TEST_F(WorkQueueTest, BackoffWaitsAtLeastAsLongAsTheServerAsked) {
  queue_.add_rate_limited('a', seconds(7));
  EXPECT_EQ(*queue_.next_delayed() - clock_.steady_now(), seconds(7));
}

TEST_F(WorkQueueTest, ShutDownWakesAWaiterAndHandsOutNoMore) {
  std::optional<char> got = 'x';
  std::jthread worker([&] { got = queue_.get({}); });
  clock_.await_waiters(1);
  queue_.shut_down();
  worker.join();
  EXPECT_EQ(got, std::nullopt);
  queue_.add('a');
  EXPECT_EQ(queue_.get({}), std::nullopt);
}

TEST_F(WorkQueueTest, AStopRequestWakesAWaiter) {
  std::optional<char> got = 'x';
  std::jthread worker([&](std::stop_token stop) { got = queue_.get(stop); });
  clock_.await_waiters(1);
  worker.request_stop();
  worker.join();
  EXPECT_EQ(got, std::nullopt);
}

TEST_F(WorkQueueTest, AWaiterIsWokenByAnEarlierTimeThanTheOneItWaitsFor) {
  queue_.add_after('z', seconds(1000));
  std::optional<char> got;
  std::jthread worker([&] { got = queue_.get({}); });
  clock_.await_waiters(1);
  queue_.add_after('a', seconds(1));
  clock_.advance(seconds(1));
  worker.join();
  EXPECT_EQ(got, 'a');
}

TEST_F(WorkQueueTest, CountsUnderTheStockNames) {
  queue_.add('a');
  queue_.add('a');
  queue_.add('b');
  queue_.add_rate_limited('c');
  EXPECT_EQ(telemetry_.value(R"(workqueue_adds_total{name="q"})"), 2);
  EXPECT_EQ(telemetry_.value(R"(workqueue_depth{name="q"})"), 2);
  EXPECT_EQ(telemetry_.value(R"(workqueue_retries_total{name="q"})"), 1);
  ASSERT_EQ(queue_.try_get(), 'a');
  clock_.advance(milliseconds(1));
  ASSERT_EQ(queue_.try_get(), 'b');
  clock_.advance(seconds(2));
  telemetry_.collect();
  EXPECT_DOUBLE_EQ(telemetry_.value(R"(workqueue_unfinished_work_seconds{name="q"})"), 4.001);
  EXPECT_DOUBLE_EQ(telemetry_.value(R"(workqueue_longest_running_processor_seconds{name="q"})"),
                   2.001);
  EXPECT_EQ(queue_.longest_running(), milliseconds(2001));
  queue_.done('a');
  EXPECT_EQ(queue_.longest_running(), seconds(2));
  EXPECT_EQ(telemetry_.value(R"(workqueue_work_duration_seconds{name="q"})"), 1);
  EXPECT_EQ(telemetry_.value(R"(workqueue_queue_duration_seconds{name="q"})"), 2);
}

TEST(WorkQueue, MetricsMayBeAskedForAfterItIsGone) {
  fake::FakeClock clock;
  fake::CountingTelemetry telemetry;
  { const WorkQueue<char> queue("q", clock, telemetry); }
  telemetry.collect();
}

// Eight workers and four feeders on the real clock: no key is ever with two workers, and what was
// added last is always worked on afterwards.
TEST(WorkQueue, UnderLoadNoKeyRunsTwiceAtOnceAndNoneIsLost) {
  constexpr int kKeys = 20;
  SystemClock clock;
  fake::CountingTelemetry telemetry;
  WorkQueue<int> queue("q", clock, telemetry);
  std::vector<std::atomic<int>> running(kKeys);
  std::vector<std::atomic<int>> added(kKeys);
  std::vector<std::atomic<int>> seen(kKeys);
  std::atomic<int> clashes{0};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 8; ++i) {
      workers.emplace_back([&](std::stop_token stop) {
        while (const auto key = queue.get(stop)) {
          const auto at = static_cast<std::size_t>(*key);
          if (running[at].fetch_add(1) != 0) ++clashes;
          seen[at] = added[at].load();
          running[at].fetch_sub(1);
          queue.done(*key);
        }
      });
    }
    {
      std::vector<std::jthread> feeders;
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        feeders.emplace_back([&, seed] {
          SeededRandom random(seed);
          for (int i = 0; i < 5'000; ++i) {
            const auto key = static_cast<int>(random.next() % kKeys);
            ++added[static_cast<std::size_t>(key)];
            if (random.next() % 4 == 0) {
              queue.add_after(key, std::chrono::microseconds(random.next() % 200));
            } else {
              queue.add(key);
            }
          }
        });
      }
    }
    while (queue.size() + queue.in_progress() > 0 || queue.next_delayed())
      std::this_thread::yield();
  }
  EXPECT_EQ(clashes, 0);
  for (std::size_t key = 0; key < kKeys; ++key) EXPECT_EQ(seen[key], added[key]) << key;
}

}  // namespace
}  // namespace sojourn::kube
