#include "sojourn/kube/watch_state.h"

#include <gtest/gtest.h>

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Phase = WatchState::Phase;

const SteadyTime kNow = SteadyTime{} + std::chrono::hours(1);

WatchState watching(std::uint64_t position) {
  WatchState state;
  state.phase = Phase::Watching;
  state.position = position;
  return state;
}

Error error(ErrorCode code) {
  return {code, "m"};
}

TEST(WatchState, BeginsWithAListAndThenWatches) {
  EXPECT_EQ(WatchState{}.phase, Phase::Listing);
  const auto step = on({}, Listed{7}, kNow, 0.5);
  EXPECT_EQ(step.state.phase, Phase::Watching);
  EXPECT_EQ(step.state.position, 7U);
  EXPECT_EQ(step.delay, Duration::zero());
  EXPECT_FALSE(step.reset);
}

TEST(WatchState, AListThatFailsBeginsAnewAfterAWhile) {
  const auto step = on({}, ListFailed{error(ErrorCode::Gone)}, kNow, 0);
  EXPECT_EQ(step.state.phase, Phase::Listing);
  EXPECT_EQ(step.delay, milliseconds(800));
}

struct EndRow {
  const char* name;
  WatchEnded end;
  bool was_silent;
  Phase next;
  Duration delay;  // with a draw of 0
};

TEST(WatchState, EachEndOfAWatchHasItsAnswer) {
  const auto first = milliseconds(800);
  const EndRow rows[] = {
      {"in good order", {}, false, Phase::Watching, seconds(0)},
      {"at once and without a word", {{}, true}, false, Phase::Watching, first},
      {"expired", {error(ErrorCode::Gone)}, false, Phase::Listing, first},
      {"kind deleted", {error(ErrorCode::NotFound)}, false, Phase::Listing, seconds(5)},
      {"refused as invalid", {error(ErrorCode::Invalid)}, false, Phase::Listing, first},
      {"connection lost", {error(ErrorCode::Unavailable)}, false, Phase::Watching, first},
      {"overloaded", {error(ErrorCode::TooManyRequests)}, false, Phase::Watching, first},
      {"overloaded, with a time",
       {Error{ErrorCode::TooManyRequests, "m", "", seconds(9)}},
       false,
       Phase::Watching,
       seconds(9)},
      {"token refused", {error(ErrorCode::Unauthorized)}, false, Phase::Watching, first},
      {"forbidden", {error(ErrorCode::Forbidden)}, false, Phase::Watching, first},
      {"silent once", {error(ErrorCode::DeadlineExceeded)}, false, Phase::Watching, first},
      {"silent twice", {error(ErrorCode::DeadlineExceeded)}, true, Phase::Listing, first},
      {"not HTTP", {error(ErrorCode::Malformed)}, false, Phase::Watching, first},
  };
  for (const auto& row : rows) {
    auto state = watching(10);
    state.was_silent = row.was_silent;
    const auto step = on(state, row.end, kNow, 0);
    EXPECT_EQ(step.state.phase, row.next) << row.name;
    EXPECT_EQ(step.delay, row.delay) << row.name;
    EXPECT_EQ(step.state.position, 10U) << row.name;
  }
}

TEST(WatchState, AWordBetweenTwoSilencesKeepsTheWatch) {
  auto step = on(watching(10), WatchEnded{error(ErrorCode::DeadlineExceeded)}, kNow, 0);
  step = on(step.state, Progress{10}, kNow, 0);
  step = on(step.state, WatchEnded{error(ErrorCode::DeadlineExceeded)}, kNow, 0);
  EXPECT_EQ(step.state.phase, Phase::Watching);
}

TEST(WatchState, ProgressMovesThePosition) {
  auto step = on(watching(10), Progress{12}, kNow, 0);
  EXPECT_EQ(step.state.position, 12U);
  step = on(step.state, Progress{12}, kNow, 0);
  EXPECT_EQ(step.state.position, 12U);
  EXPECT_FALSE(step.abandon_watch);
}

TEST(WatchState, AVersionThatGoesBackEndsTheWatchAndResetsTheNextList) {
  auto step = on(watching(10), Progress{9}, kNow, 0);
  EXPECT_TRUE(step.abandon_watch);
  EXPECT_EQ(step.state.position, 10U);
  step = on(step.state, WatchEnded{error(ErrorCode::Gone)}, kNow, 0);
  EXPECT_EQ(step.state.phase, Phase::Listing);
  step = on(step.state, Listed{15}, kNow, 0);  // it may have overtaken us meanwhile
  EXPECT_TRUE(step.reset);
  step = on(step.state, WatchEnded{error(ErrorCode::Gone)}, kNow, 0);
  step = on(step.state, Listed{15}, kNow, 0);
  EXPECT_FALSE(step.reset);
}

TEST(WatchState, AListOlderThanThePositionIsAReset) {
  auto state = watching(10);
  state.phase = Phase::Listing;
  const auto step = on(state, Listed{9}, kNow, 0);
  EXPECT_TRUE(step.reset);
  EXPECT_EQ(step.state.position, 9U);
}

TEST(WatchState, DelaysDoubleUpToFifteenSecondsAndAreSpreadOverTwiceThat) {
  WatchState state;
  SteadyTime now = kNow;
  for (const int expected : {800, 1600, 3200, 6400, 12800, 15000, 15000}) {
    const auto low = on(state, ListFailed{error(ErrorCode::Unavailable)}, now, 0);
    const auto high = on(state, ListFailed{error(ErrorCode::Unavailable)}, now, 0.5);
    EXPECT_EQ(low.delay, milliseconds(expected));
    EXPECT_EQ(high.delay, milliseconds(expected + expected / 2));
    state = low.state;
    now += low.delay;
  }
}

TEST(WatchState, TwoHealthyMinutesBeginTheDelaysAnew) {
  auto step = on(watching(1), WatchEnded{error(ErrorCode::Unavailable)}, kNow, 0);
  step = on(step.state, WatchEnded{error(ErrorCode::Unavailable)}, kNow + seconds(119), 0);
  EXPECT_EQ(step.delay, milliseconds(1600));
  step = on(step.state, WatchEnded{error(ErrorCode::Unavailable)}, kNow + seconds(239), 0);
  EXPECT_EQ(step.delay, milliseconds(800));
}

TEST(WatchState, AnExpiryStormListsAtMostOnceABackoffStep) {
  WatchState state = watching(1);
  SteadyTime now = kNow;
  int lists = 0;
  while (now < kNow + minutes(10)) {
    auto step = on(state, WatchEnded{error(ErrorCode::Gone)}, now, 0);
    now += step.delay;
    step = on(step.state, Listed{1}, now, 0);
    ++lists;
    state = step.state;
  }
  EXPECT_LE(lists, 6 + 40);  // six steps up to 15 s, then four a minute
}

TEST(WatchState, AWatchThatExpiredDuringAnOutageIsListedSoonAfterIt) {
  WatchState state = watching(1);
  SteadyTime now = kNow;
  for (int i = 0; i < 40; ++i) {
    const auto step = on(state, WatchEnded{error(ErrorCode::Unavailable)}, now, 0.99);
    EXPECT_LE(step.delay, seconds(30));
    state = step.state;
    now += step.delay;
  }
  const auto step = on(state, WatchEnded{error(ErrorCode::Gone)}, now, 0.99);
  EXPECT_LT(step.delay, seconds(2));
}

}  // namespace
}  // namespace sojourn::kube
