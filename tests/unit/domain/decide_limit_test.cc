// limits.activeDeadlineSeconds, ttl.afterIdleSeconds, podRetentionSeconds, and what the status
// keeps of the way here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::Outcome;
using api::SessionState;

TEST(ActiveDeadline, EndsASessionThatWasAwakeTooLong) {
  expect_rows({
      {.when = "a moment before",
       .given = Observation().active_limit(seconds(60)).ready(seconds(60)),
       .check = "awake",
       .recheck = seconds(1)},
      {.when = "over",
       .given = Observation().active_limit(seconds(60)).ready(seconds(61)),
       .check = "active_time_over",
       .actions = {"IDLE Timeout"},
       .conditions = "Ready/Timeout !AgentReady/Timeout Finished/Timeout",
       .then = {"delete pod pod-1"},
       .events = {"Warning Timeout"}},
      {.when = "over by a clock that was not asked about yet",
       .given =
           Observation().active_limit(seconds(60)).ready(seconds(61)).clock(ClockCheck::Unknown),
       .check = "unconfirmed_time",
       .actions = {"confirm time"}},
      {.when = "over by a clock that differs",
       .given = Observation()
                    .active_limit(seconds(60))
                    .ready(seconds(61))
                    .clock(ClockCheck::Differs, seconds(30)),
       .check = "awake",
       .recheck = seconds(30)},
      {.when = "asleep: not counted",
       .given = Observation().active_limit(seconds(60)).asleep().later(seconds(600)),
       .check = "suspension_asked"},
      {.when = "0: no limit",
       .given = Observation().active_limit(seconds(0)).ready(seconds(6000)),
       .check = "awake"},
      {.when = "what earlier wakes took counts",
       .given = Observation().active_limit(seconds(100)).asleep().change([](api::Session& session) {
         session.spec.desired_state = DesiredState::Running;
         session.status.active_seconds = 90;
       }),
       .check = "starting",
       .actions = {"IDLE Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting Waking/Waking !AgentReady/Starting",
       .then = {"create pod"}},
  });
  const auto over = Observation().active_limit(seconds(60)).ready(seconds(61)).settle();
  EXPECT_EQ(over.status().outcome, Outcome::Timeout);
  EXPECT_EQ(over.status().active_seconds, 61);
  EXPECT_EQ(
      over.status().message,
      "limits.activeDeadlineSeconds (60) is over; raise it and change spec.runToken to go on");
}

TEST(ActiveDeadline, OfARestoredStatusWithoutTheMomentIsNotCounted) {
  auto restored =
      Observation().active_limit(seconds(60)).ready(seconds(600)).clock(ClockCheck::Unknown);
  restored.change([](api::Session& session) { session.status.state_since.reset(); });
  EXPECT_EQ(restored.plan().check, "awake");
  restored.desired(DesiredState::Stopped);
  EXPECT_EQ(written_by(restored.plan()).active_seconds, 0);
}

TEST(ActiveDeadline, CountsBusyAsWell) {
  auto busy = Observation().active_limit(seconds(60)).ready(seconds(61));
  busy.change([](api::Session& session) { session.status.state = SessionState::Busy; });
  EXPECT_EQ(Observation(busy).clock(ClockCheck::Unknown).plan().check, "unconfirmed_time");
  const auto plan = busy.plan();
  EXPECT_EQ(plan.check, "busy");
  EXPECT_EQ(written_by(plan).active_seconds, 61);
}

TEST(ActiveDeadline, IsToldOnce) {
  const auto over = Observation().active_limit(seconds(60)).ready(seconds(61)).settle().no_pod();
  EXPECT_THAT(events_of(Observation(over).edited().plan()), testing::IsEmpty());
}

TEST(ActiveDeadline, CountsOverAllWakes) {
  auto awake_twice = Observation().active_limit(seconds(100)).ready(seconds(60));
  awake_twice.desired(DesiredState::Stopped).settle().no_pod().settle();
  EXPECT_EQ(awake_twice.status().active_seconds, 60);
  awake_twice.desired(DesiredState::Running).settle().pod(ready_pod()).settle();
  ASSERT_EQ(awake_twice.status().state, SessionState::Ready);
  EXPECT_EQ(awake_twice.plan().recheck, kNow + seconds(41));
  EXPECT_EQ(awake_twice.later(seconds(41)).plan().check, "active_time_over");
}

TEST(SleepLimit, EndsASessionThatNobodyWakes) {
  const auto asleep = Observation().sleep_limit(seconds(60)).asleep();
  EXPECT_EQ(asleep.status().expires_at, kNow + seconds(60));
  expect_rows({
      {.when = "a moment before",
       .given = Observation(asleep).later(seconds(59)),
       .check = "suspension_asked",
       .recheck = seconds(1)},
      {.when = "over",
       .given = Observation(asleep).later(seconds(60)),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !AgentReady/Expired Finished/Expired",
       .events = {"Normal Expired"}},
      {.when = "READY: no clock",
       .given = Observation().sleep_limit(seconds(60)).ready(seconds(600)),
       .check = "awake"},
      {.when = "stopped in ERROR",
       .given = Observation()
                    .sleep_limit(seconds(60))
                    .lost()
                    .desired(DesiredState::Stopped)
                    .settle()
                    .later(seconds(60)),
       .check = "expiry",
       .actions = {"ERROR PodLost"},
       .conditions = "Ready/Expired Expired/Expired !AgentReady/Expired Finished/Expired",
       .events = {"Normal Expired"}},
      {.when = "finished: the outcome stays",
       .given = Observation()
                    .sleep_limit(seconds(60))
                    .task()
                    .ready()
                    .pod(succeeded_pod())
                    .settle()
                    .later(seconds(60)),
       .check = "expiry",
       .actions = {"IDLE Expired"},
       .conditions = "Ready/Expired Expired/Expired !AgentReady/Expired Finished/Completed",
       .then = {"delete pod pod-1"},
       .events = {"Normal Expired"}},
  });
}

TEST(SleepLimit, CountsFromTheOutcomeOrTheSleepWhicheverIsLater) {
  const auto finished = Observation().sleep_limit(seconds(60)).task().ready().pod(succeeded_pod());
  auto later = Observation(finished).settle();
  EXPECT_EQ(later.status().expires_at, kNow + seconds(60));
  later.change([](api::Session& session) { session.status.finish_time = kNow + seconds(5); });
  EXPECT_EQ(later.settle().status().expires_at, kNow + seconds(65));
  later.change([](api::Session& session) { session.status.finish_time.reset(); });
  EXPECT_EQ(later.settle().status().expires_at, kNow + seconds(60));
  later.change([](api::Session& session) { session.status.state_since.reset(); });
  EXPECT_EQ(later.settle().status().expires_at, std::nullopt);
}

TEST(SleepLimit, IsNotForATaskThatFailed) {
  const auto failed = Observation()
                          .sleep_limit(seconds(60))
                          .task()
                          .retry_limit(0)
                          .ready()
                          .pod(failed_pod(3))
                          .settle();
  ASSERT_EQ(failed.status().state, SessionState::Error);
  EXPECT_EQ(failed.status().expires_at, std::nullopt);
}

TEST(SleepLimit, StandsStillWhileItWakes) {
  auto waking = Observation().sleep_limit(seconds(60)).waking();
  EXPECT_EQ(waking.status().expires_at, std::nullopt);
  waking.desired(DesiredState::Stopped).settle();
  EXPECT_EQ(waking.status().expires_at, kNow + seconds(60)) << "a stop counts anew";
}

TEST(SleepLimit, IsToldByItsName) {
  const auto over = Observation().sleep_limit(seconds(60)).asleep().later(seconds(60)).settle();
  const auto* expired = api::find_condition(over.status().conditions, "Expired");
  ASSERT_NE(expired, nullptr);
  EXPECT_EQ(expired->message, "ttl.afterIdleSeconds is over");
  EXPECT_EQ(over.status().expires_at, kNow + seconds(60));
  const auto both = Observation().sleep_limit(seconds(60)).lifetime(seconds(3610)).asleep();
  EXPECT_EQ(both.status().expires_at, kNow + seconds(10)) << "the earlier of the two";
  const auto sooner = Observation().sleep_limit(seconds(60)).lifetime(seconds(3700)).asleep();
  EXPECT_EQ(sooner.status().expires_at, kNow + seconds(60)) << "the earlier of the two";
}

TEST(PodRetention, TakesAFinishedPodAway) {
  const auto finished =
      Observation().task().pod_retention(seconds(60)).ready().pod(succeeded_pod());
  expect_rows({
      {.when = "kept for its logs",
       .given = Observation(finished).settle(),
       .check = "outcome_reached",
       .recheck = seconds(61)},
      {.when = "over",
       .given = Observation(finished).settle().later(seconds(61)),
       .check = "outcome_reached",
       .actions = {"delete pod pod-1"}},
      {.when = "gone",
       .given = Observation(finished).settle().no_pod().later(seconds(61)),
       .check = "outcome_reached"},
      {.when = "no limit",
       .given = Observation().task().ready().pod(succeeded_pod()).settle().later(seconds(6000)),
       .check = "outcome_reached"},
  });
}

TEST(PodRetention, OfARestoredStatusWithoutTheMomentIsForEver) {
  auto restored =
      Observation().task().pod_retention(seconds(60)).ready().pod(succeeded_pod()).settle();
  restored.change([](api::Session& session) { session.status.finish_time.reset(); });
  EXPECT_EQ(restored.later(seconds(600)).plan().actions.size(), 0u);
}

TEST(Transitions, TellTheWayHere) {
  const auto status =
      Observation().ready(seconds(60)).desired(DesiredState::Stopped).settle().status();
  const std::vector<api::Transition> way{
      {kNow - seconds(62), std::nullopt, SessionState::Init, "Starting"},
      {kNow - seconds(60), SessionState::Init, SessionState::Ready, "Ready"},
      {kNow, SessionState::Ready, SessionState::Idle, "Stopped"}};
  EXPECT_EQ(status.transitions, way);
}

TEST(Transitions, AreTheLastTen) {
  auto often = Observation().ready();
  for (int i = 0; i < 8; ++i) {
    often.desired(DesiredState::Stopped).settle().no_pod().settle();
    often.desired(DesiredState::Running).settle().pod(ready_pod()).settle();
  }
  const auto& transitions = often.status().transitions;
  ASSERT_EQ(transitions.size(), 10u);
  EXPECT_EQ(transitions.back().to, SessionState::Ready);
  EXPECT_EQ(transitions.front().from, SessionState::Ready);
}

}  // namespace
}  // namespace sojourn::domain::test
