#include "sojourn/base/backoff.h"

#include <gtest/gtest.h>

namespace sojourn {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesFromTheFirstFailureUpToItsLimit) {
  struct Row {
    unsigned failures;
    milliseconds expected;
  };
  for (const auto& [failures, expected] :
       {Row{0, milliseconds(0)}, Row{1, milliseconds(10)}, Row{2, milliseconds(20)},
        Row{5, milliseconds(160)}, Row{6, milliseconds(300)},
        Row{4'000'000'000, milliseconds(300)}}) {
    EXPECT_EQ(exponential_backoff(milliseconds(10), milliseconds(300), failures), expected)
        << failures;
  }
}

TEST(Backoff, NeverOverflowsHoweverLargeTheLimit) {
  EXPECT_EQ(exponential_backoff(milliseconds(3), milliseconds::max(), 200), milliseconds::max());
}

TEST(Backoff, AnInitialDelayOverTheLimitIsTheLimit) {
  EXPECT_EQ(exponential_backoff(milliseconds(50), milliseconds(20), 1), milliseconds(20));
}

TEST(Backoff, AnInitialDelayOfZeroStaysZero) {
  EXPECT_EQ(exponential_backoff(milliseconds(0), milliseconds(20), 4'000'000'000), milliseconds(0));
}

TEST(Jitter, StretchesByAtMostTheFraction) {
  EXPECT_EQ(jittered(milliseconds(1000), 1.0, 0.0), milliseconds(1000));
  EXPECT_EQ(jittered(milliseconds(1000), 1.0, 0.5), milliseconds(1500));
  EXPECT_LT(jittered(milliseconds(1000), 1.0, 0.999), milliseconds(2000));
}

}  // namespace
}  // namespace sojourn
