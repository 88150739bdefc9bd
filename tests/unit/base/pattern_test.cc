#include "sojourn/base/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace sojourn {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto result = matches_whole(pattern, text);
  EXPECT_TRUE(result.ok()) << pattern;
  return result.ok() && *result;
}

TEST(Pattern, MustMatchTheWholeText) {
  EXPECT_TRUE(matches("[a-z]+", "main"));
  EXPECT_FALSE(matches("[a-z]+", "main; rm -rf /"));
  EXPECT_FALSE(matches("[a-z]+", "main\n"));
  EXPECT_TRUE(matches("a|b", "b"));
  EXPECT_FALSE(matches("a|b", "bb"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "x"));
}

TEST(Pattern, KnowsCharactersOfUtf8) {
  EXPECT_TRUE(matches(".", "\xC3\xA4"));
  EXPECT_FALSE(matches(".", "\xFF"));  // no UTF-8
}

TEST(Pattern, OneThatCannotBeReadIsAnErrorThatSaysWhy) {
  for (const char* pattern : {"(", "[z-a]", "a**", "(?<!a)b", "\\1"}) {
    const auto result = matches_whole(pattern, "x");
    ASSERT_FALSE(result.ok()) << pattern;
    EXPECT_EQ(result.error().code, ErrorCode::Invalid);
    EXPECT_NE(result.error().message, "");
  }
}

TEST(Pattern, OneThatAsksForMuchMemoryIsRefused) {
  EXPECT_FALSE(matches_whole("((a{1000}){1000}){1000}", "a").ok());
  EXPECT_FALSE(matches_whole("(\\pL{500}){20}", "a").ok());
}

// With backtracking this one would take longer than the sun has left.
TEST(Pattern, TakesTimeInProportionToTheText) {
  EXPECT_FALSE(matches("(a*)*(a|aa)*b", std::string(1'000, 'a')));
}

}  // namespace
}  // namespace sojourn
