// READY: the pod that was recorded is still what it was, or ERROR says what became of it (T5, T6,
// T6b).
#include <gtest/gtest.h>

#include "sojourn/domain/pod_health.h"
#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

Observation ready_with(const api::Pod& pod) {
  return Observation().ready().pod(pod);
}

TEST(Awake, NothingIsWrittenWhileNothingChanges) {
  expect_rows({
      {.when = "steady", .given = Observation().storage().ready(), .check = "awake"},
      {.when = "the template changes: a running pod is never touched",
       .given = Observation().ready().template_changed(),
       .check = "awake"},
      {.when = "the template goes",
       .given = Observation().ready().template_is(TemplateState::Missing),
       .check = "awake"},
      {.when = "the spec changes",
       .given = Observation().ready().edited(),
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
  });
  EXPECT_EQ(written_by(Observation().ready().edited().plan()).observed_generation, 2);
}

TEST(Awake, APodIsCalledLostOnlyAfterTheApiServerWasAsked) {
  constexpr const char* kLost = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodLost";
  expect_rows({
      {.when = "gone from the cache",
       .given = Observation().ready().no_pod(),
       .check = "awake",
       .actions = {"confirm pod pod-1 gone"}},
      {.when = "gone for sure",
       .given = Observation().ready().no_pod().confirmed_gone(),
       .check = "awake",
       .actions = {"ERROR PodLost"},
       .conditions = kLost,
       .events = {"Warning PodLost"}},
      {.when = "another in its place, which a lagging cache shows too",
       .given = ready_with(as(ready_pod(), "pod-2")),
       .check = "awake",
       .actions = {"confirm pod pod-1 gone"}},
      {.when = "another in its place for sure",
       .given = ready_with(as(ready_pod(), "pod-2")).confirmed_gone(),
       .check = "awake",
       .actions = {"ERROR PodLost"},
       .conditions = kLost,
       .events = {"Warning PodLost"}},
      {.when = "asked to go, not by us",
       .given = ready_with(going(ready_pod())),
       .check = "awake",
       .actions = {"confirm pod pod-1 gone"}},
      {.when = "asked to go for sure: lost at once",
       .given = ready_with(going(ready_pod())).confirmed_gone(),
       .check = "awake",
       .actions = {"ERROR PodLost"},
       .conditions = kLost,
       .events = {"Warning PodLost"}},
  });
}

TEST(Awake, AnEndOfThePodIsAnErrorThatNamesItsCause) {
  auto evicted = failed_pod();
  evicted.status.reason = "Evicted";
  auto node_lost = failed_pod();
  node_lost.status.reason = "NodeLost";
  struct EndRow {
    api::Pod pod;
    std::string_view reason;
  };
  for (const auto& [pod, reason] :
       {EndRow{failed_pod(), "PodFailed"}, EndRow{succeeded_pod(), "PodFailed"},
        EndRow{failed_pod(137, "OOMKilled"), "OOMKilled"}, EndRow{evicted, "Evicted"},
        EndRow{node_lost, "NodeLost"}}) {
    const std::string word(reason);
    expect_rows({{.when = reason,
                  .given = ready_with(pod),
                  .check = "awake",
                  .actions = {"ERROR " + word},
                  .conditions = "!Ready/" + word + " Reconciling/" + word + " !AgentReady/" + word,
                  .events = {"Warning " + word}}});
  }
}

TEST(Awake, APodThatWasDeletedIsExplainedAsFarAsItCanBe) {
  auto silent = failed_pod();
  silent.status.containers.clear();
  auto disrupted = going(ready_pod());
  disrupted.status.conditions.push_back(
      {"DisruptionTarget", api::ConditionStatus::True, "EvictionByEvictionAPI", "drain", {}, 0});
  const auto message = [](const api::Pod& pod) {
    return written_by(ready_with(pod).confirmed_gone().plan()).message;
  };
  EXPECT_EQ(message(going(ready_pod())), "pod chat-0123456789 is being deleted");
  EXPECT_EQ(message(disrupted), "drain");
  EXPECT_EQ(message(silent), "") << "nobody deleted it";
}

TEST(Awake, AnErrorCountsAnAttemptForgetsThePodAndSaysWhenItIsTriedAgain) {
  const auto status = written_by(ready_with(failed_pod(3)).plan());
  EXPECT_EQ(status.attempts, 1);
  EXPECT_EQ(status.pod, std::nullopt);
  EXPECT_EQ(status.next_attempt_time, kNow + seconds(10));
  EXPECT_EQ(status.message, "container agent ended with 3 (Error)");
  EXPECT_EQ(status.state_since, kNow);
}

TEST(Awake, ARestartInPlaceIsAnErrorThatKeepsThePod) {
  auto coming_back = restarted_pod(1);
  coming_back.status.conditions.back().status = api::ConditionStatus::False;
  expect_rows({
      {.when = "coming back",
       .given = ready_with(coming_back),
       .check = "awake",
       .actions = {"ERROR AgentRestarted"},
       .conditions = "!Ready/AgentRestarted Reconciling/AgentRestarted !AgentReady/AgentRestarted",
       .events = {"Warning AgentRestarted"}},
      {.when = "back already",
       .given = ready_with(restarted_pod(1)),
       .check = "awake",
       .actions = {"ERROR AgentRestarted"},
       .conditions = "!Ready/AgentRestarted Reconciling/AgentRestarted !AgentReady/AgentRestarted",
       .then = {"READY Ready"},
       .events = {"Warning AgentRestarted"}},
      {.when = "for want of memory",
       .given = ready_with(restarted_pod(1, 137, "OOMKilled")),
       .check = "awake",
       .actions = {"ERROR OOMKilled"},
       .conditions = "!Ready/OOMKilled Reconciling/OOMKilled !AgentReady/OOMKilled",
       .then = {"READY Ready"},
       .events = {"Warning OOMKilled"}},
      {.when = "once too often",
       .given = Observation().retry_limit(0).ready().pod(restarted_pod(1)),
       .check = "awake",
       .actions = {"ERROR AgentRestarted"},
       .conditions = "!Ready/RetriesExhausted Stalled/RetriesExhausted !AgentReady/AgentRestarted",
       .then = {"delete pod pod-1"},
       .events = {"Warning AgentRestarted", "Warning RetriesExhausted"}},
  });
  const auto status = written_by(ready_with(restarted_pod(2)).plan());
  EXPECT_EQ(status.attempts, 1) << "restarts seen together count once";
  EXPECT_EQ(status.pod->incarnation, incarnation(restarted_pod(2)));
  EXPECT_EQ(status.next_attempt_time, std::nullopt) << "the kubelet brings it back";
  auto untold = restarted_pod(1);
  untold.status.containers[0].last_terminated.reset();
  EXPECT_EQ(written_by(ready_with(untold).plan()).message,
            "a container of pod chat-0123456789 restarted")
      << "how its last run ended is not known";
  const auto last = Observation().retry_limit(0).ready().pod(restarted_pod(1));
  EXPECT_EQ(written_by(last.plan()).pod, std::nullopt) << "its end is decided";
}

TEST(Awake, APodThatIsNotReadyKeepsTheStateForAsLongAsAStartMayTake) {
  const auto unready = ready_with(unready_pod());
  const auto told = Observation(unready).settle();
  expect_rows({
      {.when = "at first",
       .given = unready,
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready !AgentReady/PodNotReady"},
      {.when = "for a while",
       .given = Observation(told).later(seconds(300)),
       .check = "awake",
       .recheck = seconds(1)},
      {.when = "too long",
       .given = Observation(told).later(seconds(301)),
       .check = "awake",
       .actions = {"ERROR AgentUnready"},
       .conditions = "!Ready/AgentUnready Reconciling/AgentUnready !AgentReady/AgentUnready",
       .events = {"Warning AgentUnready"}},
      {.when = "and Ready again",
       .given = Observation(told).pod(ready_pod()),
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
  });
  EXPECT_EQ(written_by(unready.plan()).pod, unready.status().pod) << "the record is kept";
}

// A status that a person or a backup brought back: the time begins when it is told.
TEST(Awake, APodThatIsNotReadyIsToldFirstWhateverTheConditionsLeftOut) {
  const auto without = [](void (*leave_out)(api::Session&)) {
    const auto told = ready_with(unready_pod()).settle().later(seconds(1000)).change(leave_out);
    return actions_of(told.plan());
  };
  const std::vector<std::string> told{"READY Ready"};
  EXPECT_EQ(without([](auto& session) { session.status.conditions.clear(); }), told);
  EXPECT_EQ(without([](auto& session) {
              for (auto& condition : session.status.conditions) {
                condition.last_transition_time.reset();
                if (condition.type == "AgentReady") condition.reason = "Restored";
              }
            }),
            told);
}

// A status that a person or a backup brought back.
TEST(Awake, WithoutARecordOnlyWhatIsSeenIsTrusted) {
  const auto restored = [] {
    return Observation().ready().change([](api::Session& session) { session.status.pod.reset(); });
  };
  expect_rows({
      {.when = "a Ready pod",
       .given = restored(),
       .check = "awake",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "a pod that is not Ready",
       .given = restored().pod(unready_pod()),
       .check = "awake",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodLost",
       .events = {"Warning PodLost"}},
      {.when = "no pod",
       .given = restored().no_pod(),
       .check = "awake",
       .actions = {"ERROR PodLost"},
       .conditions = "!Ready/PodLost Reconciling/PodLost !AgentReady/PodLost",
       .events = {"Warning PodLost"}},
  });
  EXPECT_EQ(written_by(restored().plan()).pod->uid, "pod-1");
}

TEST(Awake, ABusySessionWithoutAReporterIsReady) {
  expect_rows({{.when = "steady",
                .given = Observation().busy(),
                .check = "busy",
                .actions = {"READY Ready"},
                .conditions = "Ready/Ready AgentReady/Ready"},
               {.when = "its pod failed",
                .given = Observation().busy().pod(failed_pod()),
                .check = "busy",
                .actions = {"ERROR PodFailed"},
                .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
                .events = {"Warning PodFailed"}}});
}

TEST(Awake, TheVolumesRecordFollowsTheClaim) {
  auto grown = Observation().storage().ready().claim(api::ClaimPhase::Bound);
  EXPECT_EQ(grown.status().volume->phase, "Bound");
  EXPECT_EQ(grown.status().volume->on_delete, "Retain");
}

TEST(Awake, StorageAskedForLaterComesWithTheNextStart) {
  expect_rows({{.when = "asked for under READY",
                .given = Observation().ready().storage().edited(),
                .check = "awake",
                .actions = {"READY Ready"},
                .conditions = "Ready/Ready AgentReady/Ready"}});
}

TEST(Awake, ALostVolumeIsAnErrorThatOnlyAPersonCanMend) {
  constexpr const char* kLost =
      "!Ready/VolumeLost Stalled/VolumeLost !VolumeReady/VolumeLost !AgentReady/VolumeLost";
  const auto ready = Observation().storage().ready();
  expect_rows({{.when = "what was behind the claim is gone",
                .given = Observation(ready).claim(api::ClaimPhase::Lost),
                .check = "awake",
                .actions = {"ERROR VolumeLost"},
                .conditions = kLost,
                .then = {"delete pod pod-1"},
                .events = {"Warning VolumeLost"}},
               {.when = "the claim is gone from the cache, which may lag: nothing is said yet",
                .given = Observation(ready).no_claim(),
                .check = "missing_claim",
                .actions = {"confirm claim claim-1 gone"}},
               {.when = "the claim is gone for sure",
                .given = Observation(ready).no_claim().confirmed_gone(),
                .check = "awake",
                .actions = {"ERROR VolumeLost"},
                .conditions = kLost,
                .then = {"delete pod pod-1"},
                .events = {"Warning VolumeLost"}}});
}

}  // namespace
}  // namespace sojourn::domain::test
