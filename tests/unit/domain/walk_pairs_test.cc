#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/domain/walk_pairs.h"

namespace sojourn::domain::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Two colours, three sizes, two places; all was combined but what a test leaves out.
class Pairs : public testing::Test {
 protected:
  void combine_all_but(const std::vector<Choice>& left_out) {
    for (std::uint8_t colour = 0; colour < 2; ++colour) {
      for (std::uint8_t size = 0; size < 3; ++size) {
        for (std::uint8_t place = 0; place < 2; ++place) {
          const Choice choice{colour, size, place};
          if (std::find(left_out.begin(), left_out.end(), choice) == left_out.end())
            count.add(choice);
        }
      }
    }
  }
  std::string told(const std::vector<Uncombined>& reasons) const {
    std::ostringstream out;
    count.tell(reasons, out);
    return out.str();
  }

  PairCount count{{{"colour", {"white", "red"}},
                   {"size", {"small", "large", "huge"}},
                   {"place", {"here", "there"}}}};
  const std::vector<Choice> no_red_huge{{1, 2, 0}, {1, 2, 1}};
  const std::vector<Choice> no_red_in_size{{1, 1, 0}, {1, 1, 1}, {1, 2, 0}, {1, 2, 1}};
};

TEST_F(Pairs, NeedNoReasonWhereAllAreCombined) {
  combine_all_but({});
  EXPECT_THAT(count.faults_of({}), IsEmpty());
}

TEST_F(Pairs, AreCountedOverAllLives) {
  combine_all_but({{1, 2, 0}});
  EXPECT_THAT(count.faults_of({}), IsEmpty());
  PairCount other = count;
  other.add(count);
  EXPECT_THAT(other.faults_of({}), IsEmpty());
}

TEST_F(Pairs, OneThatIsNotCombinedNeedsAReason) {
  combine_all_but(no_red_huge);
  EXPECT_THAT(count.faults_of({}),
              ElementsAre("(colour red) with (size huge) is not combined, and nobody says why"));
  EXPECT_THAT(count.faults_of({{"size", "huge", "colour", "red", "too much"}}), IsEmpty());
}

TEST_F(Pairs, AReasonForOneThatIsCombinedIsAFault) {
  combine_all_but(no_red_huge);
  EXPECT_THAT(count.faults_of({{"colour", "red", "size", "huge", "too much"},
                               {"colour", "red", "size", "large", "too much"}}),
              ElementsAre("(colour red) with (size large) has a reason, and is combined"));
}

TEST_F(Pairs, AReasonForAllThatIsOutOfTheOrdinaryHoldsForEachOfIt) {
  combine_all_but(no_red_in_size);
  EXPECT_THAT(count.faults_of({{"colour", "", "size", "", "red has no size"}}), IsEmpty());
}

TEST_F(Pairs, AReasonForAllIsAFaultWhereOneOfThemIsCombined) {
  combine_all_but(no_red_huge);
  EXPECT_THAT(count.faults_of({{"colour", "", "size", "", "red has no size"}}),
              ElementsAre("(colour) with (size) has a reason, and is combined"));
}

TEST_F(Pairs, AReasonForNamesThatThereAreNotIsAFault) {
  combine_all_but({});
  EXPECT_THAT(count.faults_of({{"colour", "blue", "size", "huge", "no blue"}}),
              ElementsAre("(colour blue) with (size huge) is not known"));
}

TEST_F(Pairs, AreToldByDimensionAndWithTheirReasons) {
  combine_all_but(no_red_in_size);
  EXPECT_EQ(told({{"colour", "", "size", "", "red has no size"}}),
            "2 of the 3 pairs of 3 dimensions are combined; what no life combines:\n"
            "  (colour) with (size): red has no size\n");
}

}  // namespace
}  // namespace sojourn::domain::test
