// ERROR: what is tried again, when, and what waits for a person (T5, T6, T10).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;

constexpr const char* kFresh = "!Ready/Starting Reconciling/Starting !AgentReady/Starting";

TEST(Retry, ComesByItselfAfterTheBackoff) {
  expect_rows({
      {.when = "not due",
       .given = Observation().lost(seconds(1)),
       .check = "failed",
       .recheck = seconds(9)},
      {.when = "not due, the old pod is there for its logs",
       .given = Observation().ready(seconds(1)).pod(failed_pod()).settle(),
       .check = "failed",
       .recheck = seconds(10)},
      {.when = "due",
       .given = Observation().lost(seconds(10)),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = kFresh,
       .then = {"create pod"},
       .events = {"Normal Retrying"}},
      {.when = "not due, a condition that says no",
       .given = Observation().lost(seconds(1)).change([](api::Session& session) {
         session.status.conditions.push_back(
             {"Stalled", api::ConditionStatus::False, "RetriesExhausted", "", kNow, 1});
       }),
       .check = "failed",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodLost",
       .recheck = seconds(9)},
      {.when = "due, the old pod still there",
       .given = Observation().lost(seconds(10)).pod(failed_pod()),
       .check = "failed",
       .actions = {"delete pod pod-1"}},
      {.when = "due, the old pod on its way out",
       .given = Observation().lost(seconds(10)).pod(going(failed_pod())),
       .check = "failed",
       .recheck = seconds(33)},
      {.when = "due, the old pod outstays its grace: its node is lost",
       .given = Observation().lost(seconds(10)).pod(going(failed_pod(), seconds(-3))),
       .check = "failed",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodTerminating"},
      {.when = "told once",
       .given = Observation().lost(seconds(10)).pod(going(failed_pod(), seconds(-3))).settle(),
       .check = "failed"},
      {.when = "due, a stray on its way out: no pod beside another",
       .given = Observation().lost(seconds(10)).stray("pod-9").settle(),
       .check = "failed"},
  });
}

TEST(Retry, TakesTheNewestTemplateAndForgetsTheOldPod) {
  const auto status = written_by(Observation().lost(seconds(10)).template_changed().plan());
  EXPECT_EQ(status.template_->revision, "claude-bbbb");
  EXPECT_EQ(status.next_attempt_time, std::nullopt);
  EXPECT_EQ(status.attempts, 1) << "counted until the session has stayed READY";
}

TEST(Retry, TheBackoffDoublesUpToItsMostAndNeverEndsEarly) {
  struct BackoffRow {
    int attempts;
    seconds wait;
  };
  for (const auto& [attempts, wait] :
       {BackoffRow{0, seconds(10)}, BackoffRow{1, seconds(20)}, BackoffRow{2, seconds(40)},
        BackoffRow{5, seconds(320)}, BackoffRow{6, seconds(360)}, BackoffRow{90, seconds(360)}}) {
    auto life = Observation().retry_limit(100).starting().pod(failed_pod());
    for (int i = 0; i < attempts; ++i) {
      life.change([](api::Session& session) { ++session.status.attempts; });
    }
    EXPECT_EQ(written_by(life.plan()).next_attempt_time, kNow + wait) << attempts;
  }
  auto between = Observation().starting().pod(failed_pod());
  between.later(seconds(1));
  const auto status = written_by(between.plan());
  EXPECT_EQ(status.next_attempt_time, between.now() + seconds(10));
}

TEST(Retry, AttemptsAreEarnedBackByStayingReadyForTenMinutes) {
  const auto failed_again = [](seconds ready_for) {
    auto life = Observation().lost(seconds(10)).settle();
    life.pod(ready_pod()).settle().later(ready_for).pod(failed_pod());
    return written_by(life.plan()).attempts;
  };
  EXPECT_EQ(failed_again(seconds(599)), 2);
  EXPECT_EQ(failed_again(seconds(600)), 1);
}

TEST(Retry, NothingButStayingReadyEarnsAttemptsBack) {
  const auto attempts = [](Observation life) { return written_by(life.plan()).attempts; };
  const auto started_again = [] {
    return Observation()
        .change([](api::Session& session) { session.spec.start_timeout_seconds = 1000; })
        .lost(seconds(10))
        .settle();
  };
  EXPECT_EQ(attempts(started_again().later(seconds(1001)).pod(unready_pod())), 2) << "a long start";
  EXPECT_EQ(attempts(Observation()
                         .task()
                         .ready(seconds(600))
                         .pod(failed_pod())
                         .change([](api::Session& session) { session.status.attempts = 1; })),
            2)
      << "a task that failed late";
  EXPECT_EQ(
      attempts(
          Observation().ready(seconds(600)).pod(failed_pod()).change([](api::Session& session) {
            session.status.attempts = 1;
            session.status.state_since.reset();
          })),
      2)
      << "since when, nobody knows";
}

TEST(Retry, EndsWhenTheAttemptsAreUsedUp) {
  const auto last = [](int attempts) {
    auto life = Observation().retry_limit(3).starting().pod(failed_pod());
    for (int i = 0; i < attempts; ++i) {
      life.change([](api::Session& session) { ++session.status.attempts; });
    }
    return life;
  };
  expect_rows({
      {.when = "the last but one",
       .given = last(2),
       .check = "starting",
       .actions = {"ERROR PodFailed"},
       .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
       .events = {"Warning PodFailed"}},
      {.when = "the last: the failed pod is kept for its logs",
       .given = last(3),
       .check = "starting",
       .actions = {"ERROR PodFailed"},
       .conditions = "!Ready/RetriesExhausted Stalled/RetriesExhausted !AgentReady/PodFailed",
       .events = {"Warning PodFailed", "Warning RetriesExhausted"}},
      {.when = "later, nothing",
       .given = Observation().exhausted().later(seconds(100'000)),
       .check = "failed"},
      {.when = "a pod that runs goes",
       .given = Observation().exhausted().pod(ready_pod()),
       .check = "failed",
       .actions = {"delete pod pod-1"}},
  });
  EXPECT_EQ(written_by(last(3).plan()).next_attempt_time, std::nullopt);
}

TEST(Exhausted, GoesOnWhenAPersonRaisesTheLimit) {
  expect_rows(
      {{.when = "raised",
        .given = Observation().exhausted().retry_limit(1).edited(),
        .check = "failed",
        .actions = {"INIT Starting"},
        .conditions = kFresh,
        .then = {"create pod"},
        .events = {"Normal Retrying"}},
       {.when = "changed, but not raised",
        .given = Observation().exhausted().edited(),
        .check = "failed",
        .actions = {"ERROR PodLost"},
        .conditions = "!Ready/RetriesExhausted Stalled/RetriesExhausted !AgentReady/PodLost"}});
}

TEST(Exhausted, WithoutAWordOfTheAgentsSaysThatNoPodRuns) {
  const auto restored = Observation().exhausted().change([](api::Session& session) {
    std::erase_if(session.status.conditions,
                  [](const auto& one) { return one.type == "AgentReady"; });
  });
  expect_rows({{.when = "restored",
                .given = restored,
                .check = "failed",
                .actions = {"ERROR PodLost"},
                .conditions = "!Ready/RetriesExhausted Stalled/RetriesExhausted "
                              "!AgentReady/NoAgent"}});
}

TEST(Exhausted, GoesOnWhenItIsStoppedAndRunAgain) {
  auto life = Observation().exhausted().desired(DesiredState::Stopped).settle();
  expect_rows({{.when = "run again",
                .given = life.desired(DesiredState::Running),
                .check = "failed",
                .actions = {"INIT Starting"},
                .conditions = kFresh,
                .then = {"create pod"},
                .events = {"Normal Retrying"}}});
}

TEST(RestartInPlace, IsOverWhenThePodIsReadyAgain) {
  const auto restarted = Observation().restarted(seconds(5));
  const auto without_volume =
      Observation().storage().restarted(seconds(5)).claim(api::ClaimPhase::Lost);
  auto failing_again = restarted_pod(2);
  auto gone_bad = failed_pod();
  gone_bad.status.containers[0].restart_count = 1;
  constexpr const char* kLost = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodLost";
  expect_rows({
      {.when = "coming back", .given = restarted, .check = "failed", .recheck = seconds(296)},
      {.when = "Ready again",
       .given = Observation(restarted).pod(restarted_pod(1)),
       .check = "failed",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "restarted once more",
       .given = Observation(restarted).pod(failing_again),
       .check = "failed",
       .actions = {"ERROR AgentRestarted"},
       .conditions = "!Ready/AgentRestarted Reconciling/AgentRestarted !AgentReady/AgentRestarted",
       .then = {"READY Ready"}},
      {.when = "failed meanwhile",
       .given = Observation(restarted).pod(gone_bad),
       .check = "failed",
       .actions = {"ERROR PodFailed"},
       .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
       .events = {"Warning PodFailed"}},
      {.when = "deleted meanwhile",
       .given = Observation(restarted).pod(going(restarted_pod(1))).confirmed_gone(),
       .check = "failed",
       .actions = {"ERROR PodLost"},
       .conditions = kLost,
       .events = {"Warning PodLost"}},
      {.when = "its volume lost meanwhile",
       .given = without_volume,
       .check = "failed",
       .actions = {"ERROR VolumeLost"},
       .conditions =
           "!Ready/VolumeLost Stalled/VolumeLost !VolumeReady/VolumeLost !AgentReady/VolumeLost",
       .then = {"delete pod pod-1"},
       .events = {"Warning VolumeLost"}},
      {.when = "another pod in its place",
       .given = Observation(restarted).pod(as(ready_pod(), "pod-2")),
       .check = "failed",
       .actions = {"confirm pod pod-1 gone"}},
      {.when = "gone from the cache",
       .given = Observation(restarted).no_pod(),
       .check = "failed",
       .actions = {"confirm pod pod-1 gone"}},
      {.when = "gone for sure",
       .given = Observation(restarted).no_pod().confirmed_gone(),
       .check = "failed",
       .actions = {"ERROR PodLost"},
       .conditions = kLost,
       .events = {"Warning PodLost"}},
      {.when = "not back in the time of a start",
       .given = Observation(restarted).later(seconds(296)),
       .check = "failed",
       .actions = {"ERROR AgentUnready"},
       .conditions = "!Ready/AgentUnready Reconciling/AgentUnready !AgentReady/AgentUnready",
       .events = {"Warning AgentUnready"}},
  });
  EXPECT_EQ(written_by(Observation(restarted).pod(failing_again).plan()).attempts, 2);
}

// A cause outside the session that has lasted past the start clock: the pod is kept, no attempt is
// used, and it ends by itself.
TEST(HeldUp, GoesOnWhenTheCauseGoes) {
  const auto held = Observation().held_up_by(waiting_pod("ImagePullBackOff", "")).settle();
  constexpr const char* kHeld = "!Ready/ImagePull Stalled/ImagePull !AgentReady/ImagePull";
  auto pulled_again = waiting_pod("ErrImagePull", "");
  pulled_again.status.containers[0].restart_count = 1;
  EXPECT_EQ(conditions_of(held.status()), kHeld);
  EXPECT_EQ(held.status().attempts, 0);
  expect_rows({
      {.when = "still so", .given = held, .check = "failed"},
      {.when = "the kubelet's other word for it",
       .given = Observation(held).pod(waiting_pod("ErrImagePull", "")),
       .check = "failed"},
      {.when = "the pod becomes Ready",
       .given = Observation(held).pod(ready_pod()),
       .check = "failed",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "another cause outside",
       .given = Observation(held).pod(waiting_pod("CreateContainerConfigError", "no key")),
       .check = "failed",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/ContainerConfig Stalled/ContainerConfig !AgentReady/ContainerConfig",
       .events = {"Warning ContainerConfig"}},
      {.when = "the pod fails: that counts",
       .given = Observation(held).pod(failed_pod()),
       .check = "failed",
       .actions = {"ERROR PodFailed"},
       .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
       .events = {"Warning PodFailed"}},
      {.when = "the cause is over, but the agent is not Ready: that is told",
       .given = Observation(held).pod(unready_pod(seconds(5))),
       .check = "failed",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/PodNotReady Stalled/PodNotReady !AgentReady/PodNotReady",
       .events = {"Warning PodNotReady"}},
      {.when = "the cause is over, and containers start: that is told",
       .given = Observation(held).pod(starting_pod(seconds(5))),
       .check = "failed",
       .actions = {"ERROR StartTimeout"},
       .conditions =
           "!Ready/ContainersStarting Stalled/ContainersStarting !AgentReady/ContainersStarting",
       .events = {"Warning ContainersStarting"}},
      {.when = "after which it may become Ready",
       .given = Observation(held).pod(starting_pod(seconds(5))).settle().pod(ready_pod()),
       .check = "failed",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "still so after a restart, which the cause outside explains",
       .given = Observation(held).pod(pulled_again),
       .check = "failed"},
      {.when = "which it may still become",
       .given = Observation(held).pod(unready_pod(seconds(5))).settle().pod(ready_pod()),
       .check = "failed",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "the cause is over, but the agent ends again and again: that counts",
       .given = Observation(held).pod(crashing_pod()),
       .check = "failed",
       .actions = {"ERROR AgentRestarted"},
       .conditions = "!Ready/AgentRestarted Reconciling/AgentRestarted !AgentReady/AgentRestarted",
       .events = {"Warning AgentRestarted"}},
      {.when = "the pod is deleted: it is made again",
       .given = Observation(held).no_pod(),
       .check = "failed",
       .actions = {"create pod"}},
      {.when = "the pod goes",
       .given = Observation(held).pod(going(starting_pod())),
       .check = "failed"},
  });
}

TEST(HeldUp, WaitsForItsVolumeToo) {
  const auto unbound = Observation()
                           .storage()
                           .held_up_by(waiting_pod("ImagePullBackOff", ""))
                           .claim(api::ClaimPhase::Pending)
                           .pod(ready_pod());
  EXPECT_NE(written_by(unbound.plan()).state, api::SessionState::Ready);
  const auto asked_later = Observation().held_up_by(unschedulable_pod("no node")).storage();
  EXPECT_EQ(actions_of(Observation(asked_later).carry_out(asked_later.plan()).plan()),
            std::vector<std::string>{"create claim"});
}

TEST(HeldUp, StartsAfreshWhenTheTemplateChanges) {
  const auto held =
      Observation().held_up_by(waiting_pod("ImagePullBackOff", "")).settle().template_changed();
  expect_rows({
      {.when = "the old pod goes first",
       .given = held,
       .check = "failed",
       .actions = {"delete pod pod-1"}},
      {.when = "then it starts",
       .given = Observation(held).no_pod(),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = kFresh,
       .then = {"create pod"},
       .events = {"Normal Retrying"}},
  });
}

TEST(HeldUp, StoppedItLosesItsPodAndKeepsItsState) {
  expect_rows({{.when = "stopped",
                .given = Observation()
                             .held_up_by(waiting_pod("ImagePullBackOff", ""))
                             .desired(DesiredState::Stopped),
                .check = "suspension_asked",
                .actions = {"ERROR StartTimeout"},
                .conditions = "Ready/Stopped Suspended/Stopped !AgentReady/NoAgent",
                .then = {"delete pod pod-1"}}});
}

}  // namespace
}  // namespace sojourn::domain::test
