#include "sojourn/domain/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <sstream>
#include <string>

#include "tests/unit/domain/docs_page.h"

namespace sojourn::domain::test {
namespace {

using api::SessionState;

constexpr std::array kStates{SessionState::Init, SessionState::Ready, SessionState::Idle,
                             SessionState::Busy, SessionState::Error};

TEST(StateTable, AllowsElevenOfTheTwentyFivePairs) {
  constexpr bool _ = false;
  constexpr bool X = true;
  //                                    to: INIT READY IDLE BUSY ERROR
  constexpr bool kLegal[5][5] = {/* INIT  */ {_, X, _, _, X},
                                 /* READY */ {_, _, X, X, X},
                                 /* IDLE  */ {_, X, _, _, X},
                                 /* BUSY  */ {_, X, _, _, X},
                                 /* ERROR */ {X, X, _, _, _}};
  for (std::size_t from = 0; from < kStates.size(); ++from) {
    for (std::size_t to = 0; to < kStates.size(); ++to) {
      EXPECT_EQ(is_legal(kStates[from], kStates[to]), kLegal[from][to])
          << api::to_string(kStates[from]) << " -> " << api::to_string(kStates[to]);
    }
  }
}

TEST(StateTable, KnowsNoWayIntoOrOutOfAWordOfANewerVersion) {
  for (const auto state : kStates) {
    EXPECT_FALSE(is_legal(state, SessionState::Unknown));
    EXPECT_FALSE(is_legal(SessionState::Unknown, state));
  }
}

// The arrows of the page's mermaid diagram, "FROM TO" each; "[*]" is the beginning.
std::multiset<std::string> arrows_of(const std::vector<std::string>& page) {
  std::multiset<std::string> arrows;
  bool inside = false;
  for (const auto& line : page) {
    if (line.starts_with("```")) inside = line == "```mermaid";
    std::istringstream words(line);
    std::string from;
    std::string arrow;
    std::string to;
    if (inside && words >> from >> arrow >> to && arrow == "-->") {
      arrows.insert(from + " " + to.substr(0, to.find(':')));
    }
  }
  return arrows;
}

TEST(StateMachinePage, DrawsExactlyTheTable) {
  const auto page = read_page("state-machine.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  std::multiset<std::string> expected{"[*] INIT"};
  for (const auto& edge : kEdges) {
    expected.insert(std::string(api::to_string(edge.from)) + " " +
                    std::string(api::to_string(edge.to)));
  }
  EXPECT_EQ(arrows_of(*page), expected);
}

}  // namespace
}  // namespace sojourn::domain::test
