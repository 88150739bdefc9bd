// Watches.
#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {

using nlohmann::json;
using Lines = std::vector<std::string>;

TEST_P(ApiServerContract, AWatchTellsEveryChangeAfterItsVersionInOrder) {
  created(session("before"));
  const std::string from = version_of("sessions");
  const json a = created(session("a"));
  created(session("b"));
  patch(a, {{"spec", {{"desiredState", "Stopped"}}}});
  patch(a, {{"status", {{"state", "INIT"}}}}, "status");
  remove(a);
  const auto events = events_after("sessions", from, 5);
  EXPECT_EQ(summary(events),
            Lines({"ADDED a", "ADDED b", "MODIFIED a", "MODIFIED a", "DELETED a"}));
  std::uint64_t last = std::stoull(from);
  for (const auto& event : events) {
    const std::uint64_t now = std::stoull(version(event.at("object")));
    EXPECT_GT(now, last);
    last = now;
  }
  EXPECT_EQ(events.back().at("object").at("status").at("state"), "INIT");
  EXPECT_EQ(uid(events.back().at("object")), uid(a));
}

TEST_P(ApiServerContract, AChangeThatIsNoneIsNotTold) {
  const json a = created_in_state("a", "INIT");
  const std::string from = version_of("sessions");
  patch(a, {{"spec", {{"desiredState", "Running"}}}});
  created(session("b"));
  EXPECT_EQ(summary(events_after("sessions", from, 1)), Lines({"ADDED b"}));
}

TEST_P(ApiServerContract, AWatchFromNowhereBeginsWithWhatIsThere) {
  created(session("a"));
  created(session("b"));
  auto lines = summary(events_after("sessions", "0", 2));
  std::ranges::sort(lines);
  EXPECT_EQ(lines, Lines({"ADDED a", "ADDED b"}));
}

TEST_P(ApiServerContract, AWatchFromAForgottenVersionSaysGone) {
  const auto events = events_after("sessions", "1", 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].at("type"), "ERROR");
  const json& status = events[0].at("object");
  EXPECT_EQ(status.at("kind"), "Status");
  EXPECT_EQ(status.at("code"), 410);
  EXPECT_EQ(status.at("reason"), "Expired");
}

TEST_P(ApiServerContract, ComingIntoTheSelectionIsAddedAndLeavingItIsDeleted) {
  const std::string from = version_of("sessions");
  const json a = created(session("a"));
  patch(a, {{"metadata", {{"labels", {{"tier", "gold"}}}}}});
  patch(a, {{"spec", {{"desiredState", "Stopped"}}}});
  patch(a, {{"metadata", {{"labels", {{"tier", "lead"}}}}}});
  remove(a);
  created(labelled(session("end"), "gold"));
  const auto events = events_after("sessions", from, 4, {{"labelSelector", "tier=gold"}});
  EXPECT_EQ(summary(events), Lines({"ADDED a", "MODIFIED a", "DELETED a", "ADDED end"}));
}

TEST_P(ApiServerContract, AWatchCanFollowAFieldOfTheStatus) {
  const std::string from = version_of("sessions");
  const json a = created_in_state("a", "INIT");
  patch(a, {{"status", {{"state", "READY"}}}}, "status");
  patch(a, {{"status", {{"state", "IDLE"}}}}, "status");
  const auto events = events_after("sessions", from, 2, {{"fieldSelector", "status.state=READY"}});
  EXPECT_EQ(summary(events), Lines({"ADDED a", "DELETED a"}));
}

TEST_P(ApiServerContract, AQuietWatchSaysWhereItIsBeforeItEnds) {
  created(session("a"));
  const std::string from = version_of("sessions");
  const auto events = events_after("sessions", from, 1, {{"allowWatchBookmarks", "true"}});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].at("type"), "BOOKMARK");
  EXPECT_EQ(events[0].at("object").at("kind"), "Session");
  EXPECT_GE(std::stoull(version(events[0].at("object"))), std::stoull(from));
}

TEST_P(ApiServerContract, AWatchEndsWhenItsTimeIsOver) {
  const std::string from = version_of("leases");
  EXPECT_TRUE(events_after("leases", from, 1, {}).empty());
}

TEST_P(ApiServerContract, TheVersionsOfAllKindsAreOneSequence) {
  const auto first = std::stoull(version(created(session("a"))));
  const auto second = std::stoull(version(created(lease("l"))));
  const auto third = std::stoull(version(created(revision("r"))));
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

}  // namespace sojourn::contract
