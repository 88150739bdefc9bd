#include "http/client/handover.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/fake/fake_clock.h"

namespace sojourn::http {
namespace {

using namespace std::chrono_literals;
using Event = Handover::Event;

ResponseHead with_status(int status) {
  ResponseHead head;
  head.status = status;
  return head;
}

class HandoverTest : public testing::Test {
 protected:
  Event next() { return handover_.next(clock_.steady_now() + 10s, clock_, {}); }

  SystemClock clock_;
  Handover handover_;
};

TEST_F(HandoverTest, EventsComeInTheOrderOfAResponseHoweverTheyWereTold) {
  int taken = 0;
  handover_.piece("body", [&] { ++taken; });  // its thread was quicker than that of the head
  handover_.head(with_status(200));
  handover_.opened();
  EXPECT_EQ(next(), Event::Opened);
  EXPECT_EQ(next(), Event::Head);
  EXPECT_EQ(handover_.head().status, 200);
  EXPECT_EQ(next(), Event::Piece);
  EXPECT_EQ(handover_.bytes(), "body");
  EXPECT_EQ(taken, 0);
  handover_.take();
  EXPECT_EQ(taken, 1);
  handover_.end(nullptr);
  EXPECT_EQ(next(), Event::End);
  EXPECT_EQ(handover_.failure(), nullptr);
}

TEST_F(HandoverTest, NoPieceIsShownBeforeTheStatusIsKnown) {
  handover_.piece("{}", [] {});
  EXPECT_EQ(handover_.next(clock_.steady_now(), clock_, {}), Event::TimedOut);
  handover_.head(with_status(403));
  EXPECT_EQ(next(), Event::Head);
  EXPECT_EQ(next(), Event::Piece);
}

TEST_F(HandoverTest, AFailureBeforeTheHeadIsTheEnd) {
  handover_.end(std::make_exception_ptr(std::runtime_error("broken")));
  EXPECT_EQ(next(), Event::End);
  EXPECT_NE(handover_.failure(), nullptr);
}

TEST_F(HandoverTest, TheCallerLeavesAtItsLimitOrWhenItIsStopped) {
  fake::FakeClock clock;
  Event limited = Event::End;
  {
    const std::jthread caller(
        [&] { limited = handover_.next(clock.steady_now() + 1s, clock, {}); });
    clock.await_waiters(1);
    clock.advance(1s);
  }
  EXPECT_EQ(limited, Event::TimedOut);
  Event stopped = Event::End;
  std::jthread caller([&](const std::stop_token& stop) {
    stopped = handover_.next(SteadyTime::max(), clock, stop);
  });
  clock.await_waiters(1);
  caller.request_stop();
  caller.join();
  EXPECT_EQ(stopped, Event::Stopped);
}

TEST_F(HandoverTest, WhoeverWasLeftAloneIsNeverHeldUp) {
  int taken = 0;
  handover_.head(with_status(200));
  handover_.piece("waiting", [&] { ++taken; });
  handover_.abandon();
  EXPECT_EQ(taken, 1);
  handover_.piece("too late", [&] { ++taken; });
  EXPECT_EQ(taken, 2);
}

// For ThreadSanitizer, under which the library itself cannot run.
TEST_F(HandoverTest, PiecesOfAnotherThreadArriveWholeAndInOrder) {
  constexpr int kPieces = 2000;
  std::jthread library([this] {
    handover_.opened();
    handover_.head(with_status(200));
    for (int i = 0; i < kPieces; ++i) {
      const std::string bytes = std::to_string(i);
      std::atomic<bool> taken = false;
      handover_.piece(bytes, [&] {
        taken = true;
        taken.notify_one();
      });
      taken.wait(false);
    }
    handover_.end(nullptr);
    handover_.let_go();
  });
  int seen = 0;
  for (Event event = next(); event != Event::End; event = next()) {
    ASSERT_NE(event, Event::TimedOut);
    if (event != Event::Piece) continue;
    EXPECT_EQ(handover_.bytes(), std::to_string(seen++));
    handover_.take();
  }
  EXPECT_EQ(seen, kPieces);
  EXPECT_TRUE(handover_.wait_let_go(clock_.steady_now() + 10s, clock_));
}

}  // namespace
}  // namespace sojourn::http
