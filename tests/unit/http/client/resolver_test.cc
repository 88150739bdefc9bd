#include "http/client/resolver.h"

#include <gmock/gmock.h>

#include <atomic>
#include <semaphore>
#include <vector>

#include "tests/fake/fake_clock.h"

namespace sojourn::http {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

// A lookup that answers when it is let go.
struct GatedLookup {
  std::atomic<int> begun{0};
  std::counting_semaphore<> gate{0};

  Resolver::Lookup lookup = [this](const std::string& host) -> Result<Addresses> {
    ++begun;
    begun.notify_all();
    gate.acquire();
    return Addresses{"address of " + host};
  };
  void await_lookup(int count) {
    for (int now = begun; now < count; now = begun) begun.wait(now);
  }
};

TEST(Resolver, GivesWhatTheLookupGives) {
  SystemClock clock;
  Resolver resolver("a", clock, [](const std::string& host) -> Result<Addresses> {
    return Addresses{"10.0.0.1", host};
  });
  EXPECT_THAT(*resolver.resolve(SteadyTime::max(), {}), ElementsAre("10.0.0.1", "a"));
}

TEST(Resolver, LooksUpAgainForEveryCaller) {
  SystemClock clock;
  int calls = 0;
  Resolver resolver("a", clock, [&](const std::string&) -> Result<Addresses> {
    if (++calls == 1) return Error{ErrorCode::Unavailable, "not yet"};
    return Addresses{"10.0.0.2"};
  });
  EXPECT_EQ(resolver.resolve(SteadyTime::max(), {}).error().message, "not yet");
  EXPECT_TRUE(resolver.resolve(SteadyTime::max(), {}).ok());
  EXPECT_EQ(calls, 2);
}

TEST(Resolver, AStuckLookupMeetsTheCallersDeadline) {
  fake::FakeClock clock;
  GatedLookup stuck;
  Resolver resolver("a", clock, stuck.lookup);
  {
    std::jthread caller([&] {
      const auto answer = resolver.resolve(clock.steady_now() + 2s, {});
      EXPECT_EQ(answer.error().code, ErrorCode::DeadlineExceeded);
    });
    stuck.await_lookup(1);
    clock.await_waiters(1);
    clock.advance(2s);
  }
  stuck.gate.release();
}

TEST(Resolver, AStuckLookupIsLeftAtCancellation) {
  fake::FakeClock clock;
  GatedLookup stuck;
  Resolver resolver("a", clock, stuck.lookup);
  {
    std::jthread caller([&](const std::stop_token& stop) {
      EXPECT_EQ(resolver.resolve(SteadyTime::max(), stop).error().code, ErrorCode::Cancelled);
    });
    stuck.await_lookup(1);
  }
  stuck.gate.release();
}

TEST(Resolver, CallersShareALookupUnderWay) {
  fake::FakeClock clock;
  GatedLookup slow;
  Resolver resolver("a", clock, slow.lookup);
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        EXPECT_THAT(*resolver.resolve(SteadyTime::max(), {}), ElementsAre("address of a"));
      });
    }
    clock.await_waiters(4);
    slow.gate.release();
  }
  EXPECT_EQ(slow.begun, 1);
}

TEST(Resolver, AStuckLookupOfOneHostDoesNotTouchAnother) {
  fake::FakeClock clock;
  GatedLookup stuck;
  Resolver dead("dead", clock, stuck.lookup);
  Resolver alive("alive", clock,
                 [](const std::string&) -> Result<Addresses> { return Addresses{"10.0.0.3"}; });
  std::jthread caller([&](const std::stop_token& stop) {
    EXPECT_FALSE(dead.resolve(SteadyTime::max(), stop).ok());
  });
  stuck.await_lookup(1);
  EXPECT_TRUE(alive.resolve(SteadyTime::max(), {}).ok());
  caller.request_stop();
  caller.join();
  stuck.gate.release();
}

TEST(Resolver, TheMachineKnowsItself) {
  const auto addresses = look_up("localhost");
  ASSERT_TRUE(addresses.ok()) << addresses.error().message;
  EXPECT_THAT(*addresses, ::testing::Each(::testing::AnyOf("127.0.0.1", "::1")));
}

TEST(Resolver, AnUnknownNameIsNamed) {
  EXPECT_THAT(look_up("no-such-host.invalid").error().message,
              ::testing::StartsWith("cannot find the address of no-such-host.invalid: "));
}

}  // namespace
}  // namespace sojourn::http
