#include "domain/text.h"

#include <gtest/gtest.h>

namespace sojourn::domain::test {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(OneLine, KeepsAShortLineAsItIs) {
  EXPECT_EQ(one_line(""), "");
  EXPECT_EQ(one_line("pods \"chat\" is forbidden"), "pods \"chat\" is forbidden");
  EXPECT_EQ(one_line("\xC3\xA4rger \xF0\x9F\x98\x80"), "\xC3\xA4rger \xF0\x9F\x98\x80");
}

TEST(OneLine, TurnsLineBreaksAndControlCharactersIntoSpaces) {
  EXPECT_EQ(one_line("a\nb\tc\r\nd"), "a b c  d");
  EXPECT_EQ(one_line(std::string_view("a\0b", 3)), "a b");
  EXPECT_EQ(one_line("ends in breaks\n\n"), "ends in breaks");
}

TEST(OneLine, CutsAt512BytesAndMarksTheCut) {
  EXPECT_EQ(one_line(std::string(512, 'x')), std::string(512, 'x'));
  EXPECT_EQ(one_line(std::string(513, 'x')), std::string(509, 'x') + "...");
  EXPECT_EQ(one_line(std::string(1'000'000, 'x')).size(), 512U);
}

TEST(OneLine, NeverCutsInTheMiddleOfACharacter) {
  const std::string smile = "\xF0\x9F\x98\x80";
  for (std::size_t lead = 505; lead <= 509; ++lead) {
    const auto line = one_line(std::string(lead, 'x') + smile + smile);
    EXPECT_EQ(line, std::string(lead, 'x') + (lead == 505 ? smile : "") + "...") << lead;
  }
  EXPECT_EQ(one_line(std::string(600, '\x80')), "...") << "which is no text at all";
}

TEST(WholeSeconds, AreCutForMomentsAndRoundedUpForDeadlines) {
  const Time whole{seconds(1'767'225'600)};
  EXPECT_EQ(truncate(whole), whole);
  EXPECT_EQ(round_up(whole), whole);
  EXPECT_EQ(truncate(whole + microseconds(999'999)), whole);
  EXPECT_EQ(round_up(whole + microseconds(1)), whole + seconds(1));
}

}  // namespace
}  // namespace sojourn::domain::test
