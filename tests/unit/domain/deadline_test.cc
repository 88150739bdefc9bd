#include "sojourn/domain/deadline.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/domain/docs_page.h"
#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;

constexpr seconds kHour{3600};

struct DueRow {
  std::string_view when;
  Observation given;
  Deadline deadline = Deadline::RetainFor;  // RetainFor: the plan carries out none
  seconds late{0};
};

void expect_due(const std::vector<DueRow>& rows) {
  for (const auto& [when, given, deadline, late] : rows) {
    SCOPED_TRACE(std::string(when));
    const auto due = given.due();
    const bool none = deadline == Deadline::RetainFor;
    EXPECT_EQ(due.has_value(), !none);
    EXPECT_FALSE(given.plan().actions.empty());
    if (!due || none) continue;
    EXPECT_EQ(field_of(due->deadline), field_of(deadline));
    EXPECT_EQ(given.now() - due->at, late);
    EXPECT_TRUE(due->foreseen);
  }
}

// Asks for more of a task, whose command then ends with 0.
template <typename Ask>
Observation completed(Ask ask) {
  Observation given;
  ask(given.task());
  return given.ready().pod(succeeded_pod()).settle();
}

TEST(CarriedOut, IsTheDeadlineWhoseEndIsWritten) {
  expect_due({
      {"a start, a second after 300 s", Observation().starting(seconds(305)).pod(starting_pod()),
       Deadline::StartTimeout, seconds(4)},
      {"a wake", Observation().waking(seconds(305)).pod(starting_pod()), Deadline::StartTimeout,
       seconds(4)},
      {"READY on a pod that is not Ready",
       Observation().ready().pod(unready_pod()).settle().later(seconds(303)),
       Deadline::StartTimeout, seconds(2)},
      {"a container that restarted and does not come back", Observation().restarted(seconds(305)),
       Deadline::StartTimeout, seconds(4)},
      {"the same when it had not been Ready for long before",
       Observation()
           .ready(seconds(1000))
           .pod(unready_pod())
           .settle()
           .later(seconds(100))
           .pod(crashing_pod())
           .settle()
           .later(seconds(310)),
       Deadline::StartTimeout, seconds(9)},
      {"a retry without a pod", Observation().lost(seconds(15)), Deadline::Retry, seconds(5)},
      {"a retry whose old pod goes first",
       Observation().ready().pod(failed_pod()).settle().later(seconds(12)), Deadline::Retry,
       seconds(2)},
      {"the same once that pod is gone",
       Observation().ready().pod(failed_pod()).settle().no_pod().later(seconds(40)),
       Deadline::Retry, seconds(30)},
      {"too long awake", Observation().active_limit(seconds(30)).ready(seconds(60)),
       Deadline::ActiveDeadline, seconds(29)},
      {"a finished pod",
       completed([](Observation& task) { task.pod_retention(seconds(60)); }).later(seconds(70)),
       Deadline::PodRetention, seconds(9)},
      {"too long asleep", Observation().sleep_limit(seconds(60)).asleep().later(seconds(70)),
       Deadline::AfterIdle, seconds(10)},
      {"too long there", Observation().lifetime(kHour + seconds(100)).ready().later(seconds(130)),
       Deadline::MaxLifetime, seconds(30)},
      {"too long there, but finished before", completed([](Observation& task) {
                                                task.lifetime(kHour + seconds(100));
                                              }).later(seconds(130)),
       Deadline::MaxLifetime, seconds(30)},
      {"finished for long",
       completed([](Observation& task) { task.deletion(seconds(60)); }).later(seconds(70)),
       Deadline::DeleteAfterFinished, seconds(9)},
  });
}

TEST(CarriedOut, IsNoneOfWhatSomebodyAskedForOrWasSeen) {
  auto expired = completed(
      [](Observation& task) { task.pod_retention(seconds(600)).lifetime(kHour + seconds(100)); });
  expired.later(seconds(130));
  expired.carry_out(expired.plan());
  auto finished = completed([](Observation& task) { task.lifetime(kHour + seconds(100)); });
  finished.later(seconds(130)).settle().no_pod().settle();
  auto timed_out =
      Observation().task().active_limit(seconds(30)).pod_retention(seconds(60)).ready();
  timed_out.carry_out(timed_out.plan());
  const auto unready = Observation().ready().pod(unready_pod()).settle().later(seconds(303));
  const auto forgotten = [](api::Session& session) { session.status.conditions.clear(); };
  auto asked_again = Observation().lost().run_token("again");
  asked_again.carry_out(asked_again.plan());
  expect_due({
      {"a first start", Observation()},
      {"READY", Observation().starting().pod(ready_pod())},
      {"a stop", Observation().ready().desired(DesiredState::Stopped)},
      {"a cancellation", Observation().ready().desired(DesiredState::Cancelled)},
      {"a pod that failed", Observation().ready().pod(failed_pod())},
      {"a container that restarted", Observation().ready().pod(restarted_pod(1))},
      {"a retry that somebody asked for", Observation().lost().run_token("again")},
      {"the start after it", asked_again},
      {"another run of a finished task",
       completed([](Observation& task) { task.pod_retention(seconds(60)); }).run_token("again")},
      {"the finished pod of an expired task", expired},
      {"the running pod of a task that took too long", timed_out},
      {"another write after a time-out", Observation(unready).settle().no_pod().edited()},
      {"another write after an expiry",
       Observation().lifetime(kHour).sleep_limit(seconds(9)).ready().settle().no_pod().edited()},
      {"the same of a session that had finished before", finished.edited()},
      {"the same of a status without conditions",
       Observation().lifetime(kHour).ready().settle().no_pod().change(forgotten)},
      {"a status that had the outcome before it was asleep",
       Observation().active_limit(seconds(30)).ready(seconds(60)).change([](api::Session& session) {
         session.status.outcome = api::Outcome::Timeout;
       })},
      {"a restart while the time awake is limited",
       Observation().active_limit(seconds(600)).ready().pod(restarted_pod(1))},
      {"a pod beside ours",
       Observation().ready().pod(failed_pod()).settle().later(seconds(12)).stray("pod-2")},
      {"the reading of the clock before an end",
       Observation().active_limit(seconds(30)).ready(seconds(60)).clock(ClockCheck::Unknown)},
  });
}

TEST(CarriedOut, IsNotForeseenWhenItsFieldHasJustBeenChanged) {
  const auto by_template = Observation().ready().lifetime(kHour).due();
  ASSERT_TRUE(by_template);
  EXPECT_FALSE(by_template->foreseen);
  const auto by_session = Observation().ready(seconds(60)).active_limit(seconds(30)).edited().due();
  ASSERT_TRUE(by_session);
  EXPECT_FALSE(by_session->foreseen);
}

TEST(Overdue, IsATimeOnRecordThatHasPassedWithoutEffectForAMinute) {
  const auto is_late = [](const Observation& given) {
    return is_overdue(given.session(), given.now());
  };
  const auto ends = [](seconds after) {
    return Observation().lifetime(kHour + seconds(10)).ready().later(seconds(10) + after);
  };
  EXPECT_FALSE(is_late(ends(seconds(60))));
  EXPECT_TRUE(is_late(ends(seconds(61))));
  EXPECT_FALSE(is_late(ends(seconds(61)).settle()));
  const auto forgotten = [](api::Session& session) { session.status.conditions.clear(); };
  EXPECT_FALSE(is_late(ends(seconds(61)).settle().change(forgotten)));
  EXPECT_FALSE(is_late(ends(seconds(61)).deleted()));
  EXPECT_FALSE(is_late(completed([](Observation& task) { task.lifetime(kHour + seconds(10)); })
                           .later(seconds(90))
                           .settle()));
  EXPECT_FALSE(is_late(Observation().lost().later(seconds(69))));
  EXPECT_TRUE(is_late(Observation().lost().later(seconds(70))));
  EXPECT_FALSE(is_late(Observation().ready().later(10 * kHour)));
}

// The rows of the table "Clocks", one for each.
TEST(DeadlinesPage, ListsExactlyTheDeadlinesInTheirOrder) {
  const auto page = read_page("state-machine.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  std::vector<std::string> listed;
  bool clocks = false;
  for (const auto& line : *page) {
    if (line.starts_with("## ")) clocks = line == "## Clocks";
    if (clocks && line.starts_with("| `")) listed.push_back(line.substr(3));
  }
  ASSERT_EQ(listed.size(), kDeadlines.size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const auto field = std::string(kDeadlines[i].field);
    const bool whole = listed[i].starts_with(field + "`") || listed[i].starts_with(field + ".");
    EXPECT_TRUE(whole) << field << " is not the first word of: " << listed[i];
  }
}

}  // namespace
}  // namespace sojourn::domain::test
