#include "sojourn/kube/controller.h"

#include <gtest/gtest.h>

#include <latch>
#include <sstream>
#include <stdexcept>

#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ControllerTest : public testing::Test {
 protected:
  Controller make(Reconcile reconcile, int workers = 1) {
    return Controller({.name = "things", .workers = workers}, queue_, std::move(reconcile), clock_,
                      random_, telemetry_, Logger(sink_, "controller"));
  }
  // One reconcile that comes to `outcome`.
  void reconcile_to(Result<ReconcileResult> outcome) {
    auto controller = make([&](const auto&, const auto&, const auto&) { return outcome; });
    static_cast<void>(controller.step(key_));
  }
  std::optional<Duration> next() {
    const auto due = queue_.next_delayed();
    if (!due) return std::nullopt;
    return std::chrono::duration_cast<Duration>(*due - clock_.steady_now());
  }
  double total(const std::string& result) {
    return telemetry_.value(R"(controller_runtime_reconcile_total{controller="things",result=")" +
                            result + "\"}");
  }
  double count(const std::string& name) {
    return telemetry_.value("controller_runtime_" + name + R"({controller="things"})");
  }

  fake::FakeClock clock_;
  SeededRandom random_{1};
  fake::CountingTelemetry telemetry_;
  std::ostringstream log_;
  StreamLogSink sink_{log_, clock_, LogFormat::Json, LogLevel::Trace};
  WorkQueue<ObjectKey> queue_{"things", clock_, telemetry_};
  const ObjectKey key_{"a", "t1"};
};

TEST_F(ControllerTest, SuccessAsksForNothingMore) {
  reconcile_to(ReconcileResult{});
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(total("success"), 1);
  EXPECT_EQ(count("reconcile_time_seconds"), 1);
}

TEST_F(ControllerTest, ARequestedLookComesAfterItsTime) {
  reconcile_to(ReconcileResult{seconds(30)});
  EXPECT_EQ(next(), seconds(30));
  EXPECT_EQ(total("requeue_after"), 1);
}

struct FailureRow {
  Error error;
  std::optional<Duration> comes_again;
  double errors;
  double terminal;
};

TEST_F(ControllerTest, EachKindOfFailureComesAgainInItsOwnTime) {
  const FailureRow rows[] = {
      {{ErrorCode::Unavailable, "m"}, milliseconds(5), 1, 0},
      {{ErrorCode::Conflict, "m"}, milliseconds(5), 1, 0},
      {{ErrorCode::TooManyRequests, "m", "", seconds(9)}, seconds(9), 1, 0},
      {{ErrorCode::Forbidden, "m"}, seconds(1), 1, 1},
      {{ErrorCode::Internal, "m"}, seconds(1), 1, 1},
      {{ErrorCode::Cancelled, "m"}, std::nullopt, 0, 0},
  };
  for (const auto& row : rows) {
    const double errors = count("reconcile_errors_total");
    const double terminal = count("terminal_reconcile_errors_total");
    reconcile_to(row.error);
    EXPECT_EQ(next(), row.comes_again) << to_string(row.error.code);
    EXPECT_EQ(count("reconcile_errors_total") - errors, row.errors) << to_string(row.error.code);
    EXPECT_EQ(count("terminal_reconcile_errors_total") - terminal, row.terminal)
        << to_string(row.error.code);
    clock_.advance(seconds(100));
    while (const auto key = queue_.try_get()) queue_.done(*key);
    queue_.forget(key_);
  }
}

TEST_F(ControllerTest, FailuresBackOffAndSuccessBeginsAnew) {
  const Error error{ErrorCode::Unavailable, "m"};
  for (int i = 0; i < 3; ++i) {
    reconcile_to(error);
    clock_.advance(*next());
    EXPECT_EQ(queue_.try_get(), key_);
    queue_.done(key_);
  }
  reconcile_to(error);
  EXPECT_EQ(next(), milliseconds(40));
  reconcile_to(ReconcileResult{});
  clock_.advance(seconds(1));
  EXPECT_EQ(queue_.try_get(), key_);
  queue_.done(key_);
  reconcile_to(error);
  EXPECT_EQ(next(), milliseconds(5));
}

TEST_F(ControllerTest, AnExceptionIsCaughtCountedAndTriedAgain) {
  auto controller = make([](const auto&, const auto&, const auto&) -> Result<ReconcileResult> {
    throw std::runtime_error("boom");
  });
  const auto outcome = controller.step(key_);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message, "reconcile a/t1: boom");
  EXPECT_EQ(count("reconcile_panics_total"), 1);
  EXPECT_EQ(next(), seconds(1));
  EXPECT_NE(log_.str().find("boom"), std::string::npos);
}

TEST_F(ControllerTest, ThrownThingsThatAreNoExceptionsAreCaughtToo) {
  auto controller =
      make([](const auto&, const auto&, const auto&) -> Result<ReconcileResult> { throw 42; });
  EXPECT_FALSE(controller.step(key_).ok());
  EXPECT_EQ(count("reconcile_panics_total"), 1);
}

TEST_F(ControllerTest, LogLinesCarryTheControllerTheObjectAndTheRun) {
  auto controller = make([](const auto&, const Logger& log, const auto&) {
    log.info("hello");
    return Result<ReconcileResult>(ReconcileResult{});
  });
  static_cast<void>(controller.step(key_));
  const std::string line = log_.str().substr(0, log_.str().find('\n'));
  EXPECT_NE(line.find(R"("msg":"hello","controller":"things","namespace":"a","name":"t1",)"
                      R"("reconcileID":")"),
            std::string::npos)
      << line;
}

TEST_F(ControllerTest, StepNextRunsTheQueuedKeysOneByOne) {
  std::string ran;
  auto controller = make([&](const ObjectKey& key, const auto&, const auto&) {
    ran += key.name;
    if (ran == "x") queue_.add(key);  // added again while it runs
    return Result<ReconcileResult>(ReconcileResult{});
  });
  queue_.add({"a", "x"});
  queue_.add({"a", "y"});
  while (controller.step_next()) {
  }
  EXPECT_EQ(ran, "xyx");
  EXPECT_EQ(controller.step_next(), std::nullopt);
}

TEST_F(ControllerTest, WorkersRunKeysAtTheSameTimeAndStopWaitsForThem) {
  std::latch both(2);
  std::atomic<int> done{0};
  auto controller = make(
      [&](const auto&, const auto&, const auto&) {
        both.arrive_and_wait();  // passes only when two of them are here
        ++done;
        return Result<ReconcileResult>(ReconcileResult{});
      },
      2);
  controller.start();
  queue_.add({"a", "x"});
  queue_.add({"a", "y"});
  both.wait();
  controller.stop();
  EXPECT_EQ(done, 2);
  EXPECT_EQ(count("max_concurrent_reconciles"), 2);
  EXPECT_EQ(count("active_workers"), 0);
}

TEST_F(ControllerTest, S50_StopCancelsWhatOutlastsTheGrace) {
  std::latch begun(1);
  auto controller = make([&](const auto&, const auto&, std::stop_token stop) {
    begun.count_down();
    sleep_until(clock_, SteadyTime::max(), stop);
    return Result<ReconcileResult>(Error{ErrorCode::Cancelled, "stopped"});
  });
  controller.start();
  queue_.add(key_);
  begun.wait();
  clock_.await_waiters(1);
  std::jthread stopper([&] { controller.stop(); });
  clock_.await_waiters(2);
  EXPECT_EQ(controller.longest_running(), Duration::zero());
  clock_.advance(seconds(1));
  stopper.join();
  EXPECT_EQ(total("error"), 0);
}

TEST_F(ControllerTest, TheWatchdogSeesHowLongTheOldestReconcileRuns) {
  auto controller = make([&](const auto&, const auto&, const auto&) {
    clock_.advance(seconds(5));
    EXPECT_EQ(queue_.longest_running(), seconds(5));
    return Result<ReconcileResult>(ReconcileResult{});
  });
  queue_.add(key_);
  controller.step_next();
  EXPECT_EQ(controller.longest_running(), Duration::zero());
}

}  // namespace
}  // namespace sojourn::kube
