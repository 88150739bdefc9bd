#include "sojourn/base/random.h"

#include <gtest/gtest.h>

namespace sojourn {
namespace {

TEST(Random, ASeedRepeatsItsSequence) {
  SeededRandom one(7);
  SeededRandom two(7);
  SeededRandom other(8);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), two.next());
  EXPECT_NE(one.next(), other.next());
}

TEST(Random, UniformStaysBelowOne) {
  SeededRandom random(1);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double draw = random.uniform();
    ASSERT_GE(draw, 0.0);
    ASSERT_LT(draw, 1.0);
    sum += draw;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Random, HexHasEightDigitsAWord) {
  SystemRandom random;
  const auto text = random.hex(2);
  EXPECT_EQ(text.size(), 16u);
  EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(text, random.hex(2));
}

}  // namespace
}  // namespace sojourn
