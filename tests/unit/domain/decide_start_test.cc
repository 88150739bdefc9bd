// The way from nothing to READY (T1, T8, T10 and the start clock).
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

using api::ClaimPhase;
using api::DesiredState;

TEST(Start, BeginsWithTheClaimThenTheStatusThenThePod) {
  expect_rows({
      {.when = "new, without storage",
       .given = Observation(),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
       .then = {"create pod"}},
      {.when = "new, with storage",
       .given = Observation().storage(),
       .check = "starting",
       .actions = {"create claim"}},
      {.when = "a pod is there and waits for the claim",
       .given = Observation().storage().pod(unschedulable_pod("no such claim")),
       .check = "starting",
       .actions = {"create claim"}},
      {.when = "the claim is made",
       .given = Observation().storage().claim(ClaimPhase::Pending),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !VolumeReady/VolumePending "
                     "!AgentReady/Starting",
       .then = {"create pod"}},
      {.when = "under way, or the pod vanished",
       .given = Observation().starting(seconds(5)),
       .check = "starting",
       .actions = {"create pod"},
       .recheck = seconds(296)},
  });
}

TEST(Start, ShowsAStageOnlyOnceItHasLasted) {
  const auto start = Observation().starting(seconds(5));
  const auto given = [&](const api::Pod& pod) { return Observation(start).pod(pod); };
  expect_rows({
      {.when = "pending for a moment",
       .given = given(pending_pod(seconds(2))),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "pending for long",
       .given = given(pending_pod(seconds(3))),
       .check = "starting",
       .actions = {"INIT PodPending"},
       .conditions = "!Ready/PodPending Reconciling/PodPending !AgentReady/PodPending",
       .recheck = seconds(296)},
      {.when = "unschedulable for a moment, as while a claim is bound",
       .given = given(unschedulable_pod("no volume yet", seconds(2))),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "unschedulable for long",
       .given = given(unschedulable_pod("no node", seconds(3))),
       .check = "starting",
       .actions = {"INIT Unschedulable"},
       .conditions = "!Ready/Unschedulable Reconciling/Unschedulable !AgentReady/Unschedulable",
       .recheck = seconds(296),
       .events = {"Warning Unschedulable"}},
      {.when = "told, and for another reason now",
       .given = given(unschedulable_pod("no node", seconds(3)))
                    .settle()
                    .pod(unschedulable_pod("no volume", seconds(3))),
       .check = "starting",
       .actions = {"INIT Unschedulable"},
       .conditions = "!Ready/Unschedulable Reconciling/Unschedulable !AgentReady/Unschedulable",
       .recheck = seconds(296)},
      {.when = "pulling images for long",
       .given = given(starting_pod(seconds(3))),
       .check = "starting",
       .actions = {"INIT ContainersStarting"},
       .conditions = "!Ready/ContainersStarting Reconciling/ContainersStarting "
                     "!AgentReady/ContainersStarting",
       .recheck = seconds(296)},
      {.when = "running but not Ready for long",
       .given = given(unready_pod(seconds(4))),
       .check = "starting",
       .actions = {"INIT PodNotReady"},
       .conditions = "!Ready/PodNotReady Reconciling/PodNotReady !AgentReady/PodNotReady",
       .recheck = seconds(296)},
      {.when = "somebody deletes the pod",
       .given = given(going(starting_pod(), seconds(30))),
       .check = "starting",
       .recheck = seconds(33)},
  });
}

TEST(Start, ShowsAFailingStageAtOnce) {
  expect_rows({
      {.when = "an image cannot be pulled",
       .given = Observation().starting().pod(waiting_pod("ErrImagePull", "")),
       .check = "starting",
       .actions = {"INIT ImagePull"},
       .conditions = "!Ready/ImagePull Reconciling/ImagePull !AgentReady/ImagePull",
       .recheck = seconds(296),
       .events = {"Warning ImagePull"}},
      {.when = "a secret is missing",
       .given = Observation().starting().pod(waiting_pod("CreateContainerConfigError", "no key")),
       .check = "starting",
       .actions = {"INIT ContainerConfig"},
       .conditions =
           "!Ready/ContainerConfig Reconciling/ContainerConfig !AgentReady/ContainerConfig",
       .recheck = seconds(296),
       .events = {"Warning ContainerConfig"}},
  });
}

TEST(Start, EndsInReadyOnceThePodIsReadyAndTheClaimBound) {
  const auto with_claim = [](ClaimPhase phase, seconds ago) {
    return Observation().storage().starting(ago).claim(phase).pod(ready_pod());
  };
  expect_rows({
      {.when = "no storage",
       .given = Observation().starting().pod(ready_pod()),
       .check = "starting",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "the claim is bound",
       .given = with_claim(ClaimPhase::Bound, seconds(5)),
       .check = "starting",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready VolumeReady/VolumeBound AgentReady/Ready"},
      {.when = "the claim is not bound for a moment",
       .given = with_claim(ClaimPhase::Pending, seconds(2)),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "the claim is not bound for long",
       .given = with_claim(ClaimPhase::Pending, seconds(5)),
       .check = "starting",
       .actions = {"INIT VolumePending"},
       .conditions = "!Ready/VolumePending Reconciling/VolumePending "
                     "!VolumeReady/VolumePending !AgentReady/VolumePending",
       .recheck = seconds(296)},
  });
}

TEST(Start, ReadyRecordsThePodItStandsOn) {
  const auto status = written_by(Observation().starting().pod(ready_pod()).plan());
  EXPECT_EQ(status.pod, (api::PodRecord{kChild, "pod-1", "node-1", "pod-1/agent:0"}));
  EXPECT_EQ(status.template_, (api::TemplateStatus{"claude", 1, "claude-aaaa"}));
  EXPECT_EQ(status.start_time, kNow);
  EXPECT_EQ(status.state_since, kNow);
  EXPECT_EQ(status.observed_generation, 1);
}

TEST(Start, ItsClockRunsFromTheWriteThatBeganIt) {
  const auto late = [](const api::Pod& pod) {
    return Observation().starting(seconds(301)).pod(pod);
  };
  expect_rows({
      {.when = "one second before its end",
       .given = Observation().starting(seconds(300)).pod(unready_pod(seconds(0))),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "its end, the pod not Ready",
       .given = late(unready_pod()),
       .check = "starting",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/StartTimeout Reconciling/StartTimeout !AgentReady/StartTimeout",
       .events = {"Warning StartTimeout"}},
      {.when = "its end, and yet Ready",
       .given = late(ready_pod()),
       .check = "starting",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
      {.when = "its end, no pod could be made",
       .given = Observation().starting(seconds(301)),
       .check = "starting",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/PodPending Stalled/PodPending !AgentReady/StartTimeout",
       .then = {"create pod"},
       .events = {"Warning StartTimeout", "Warning PodPending"}},
      {.when = "its end, by a cause outside: the pod is kept",
       .given = late(waiting_pod("ImagePullBackOff", "")),
       .check = "starting",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/ImagePull Stalled/ImagePull !AgentReady/StartTimeout",
       .then = {"ERROR StartTimeout"},
       .events = {"Warning StartTimeout", "Warning ImagePull"}},
  });
}

TEST(Start, AStartThatTimedOutUsesUpAnAttemptUnlessTheCauseLiesOutside) {
  const auto late = Observation().starting(seconds(301));
  EXPECT_EQ(written_by(Observation(late).pod(unready_pod()).plan()).attempts, 1);
  const auto outside =
      written_by(Observation(late).pod(waiting_pod("ImagePullBackOff", "")).plan());
  EXPECT_EQ(outside.attempts, 0);
  EXPECT_EQ(outside.next_attempt_time, std::nullopt);
}

TEST(Start, ACauseOutsideIsToldEvenWhereNoAttemptIsLeft) {
  const auto late = [](const api::Pod& pod) {
    return Observation()
        .starting(seconds(301))
        .retry_limit(0)
        .pod(pod)
        .change([](api::Session& session) { session.status.attempts = 1; });
  };
  expect_rows({{.when = "the image",
                .given = late(waiting_pod("ImagePullBackOff", "")),
                .check = "starting",
                .actions = {"ERROR StartTimeout"},
                .conditions = "!Ready/ImagePull Stalled/ImagePull !AgentReady/StartTimeout",
                .then = {"ERROR StartTimeout"},
                .events = {"Warning StartTimeout", "Warning ImagePull"}}});
}

TEST(Start, ARecordOfAPodThatWasWrittenByHandEndsWithTheStart) {
  const auto restored = Observation().starting(seconds(301)).change([](api::Session& session) {
    session.status.pod = api::PodRecord{kChild, "pod-0", "node-1", "pod-0/agent:0"};
  });
  EXPECT_EQ(written_by(restored.plan()).pod, std::nullopt);
}

TEST(Start, AFailedPodIsAnErrorAtOnce) {
  expect_rows({{.when = "failed",
                .given = Observation().starting().pod(failed_pod(3)),
                .check = "starting",
                .actions = {"ERROR PodFailed"},
                .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
                .events = {"Warning PodFailed"}},
               {.when = "one that was asked to go is waited for",
                .given = Observation().starting().pod(going(failed_pod())),
                .check = "starting",
                .recheck = seconds(33)},
               {.when = "a conversation whose pod has come to an end",
                .given = Observation().starting().pod(succeeded_pod()),
                .check = "starting",
                .actions = {"ERROR PodFailed"},
                .conditions = "!Ready/PodFailed Reconciling/PodFailed !AgentReady/PodFailed",
                .events = {"Warning PodFailed"}}});
}

TEST(Start, AWipedStatusTakesOverThePodThatIsThere) {
  const auto wiped = [](const api::Pod& pod) {
    return Observation().storage().claim(ClaimPhase::Bound).pod(pod);
  };
  constexpr const char* kTakenOver =
      "!Ready/Starting Reconciling/Starting VolumeReady/VolumeBound !AgentReady/Starting";
  expect_rows({{.when = "ready",
                .given = wiped(ready_pod()),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = kTakenOver,
                .then = {"READY Ready"}},
               {.when = "failed",
                .given = wiped(failed_pod()),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = kTakenOver,
                .then = {"ERROR PodFailed"}},
               {.when = "its state taken out by hand",
                .given = Observation()
                             .asleep()
                             .desired(DesiredState::Running)
                             .change([](api::Session& session) { session.status.state.reset(); })
                             .pod(going(ready_pod(), seconds(-3))),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
                .then = {"INIT PodTerminating"}},
               {.when = "on its way",
                .given = wiped(starting_pod()),
                .check = "starting",
                .actions = {"INIT Starting"},
                .conditions = kTakenOver}});
  EXPECT_EQ(written_by(wiped(ready_pod()).template_changed().plan()).template_,
            (api::TemplateStatus{"claude", 1, "claude-aaaa"}))
      << "the revision is the pod's, not the newest";
}

// The promise of docs/state-machine.md, with everything in between seen.
TEST(Start, AQuickColdStartIsExactlyFourWritesAndNoEvent) {
  auto life = Observation().storage();
  std::vector<std::string> writes;
  std::vector<std::string> events;
  const auto live = [&] {
    for (auto plan = life.plan(); !plan.actions.empty(); plan = life.plan()) {
      for (auto& word : actions_of(plan)) writes.push_back(std::move(word));
      for (auto& word : events_of(plan)) events.push_back(std::move(word));
      life.carry_out(plan);
    }
  };
  live();
  life.claim(ClaimPhase::Pending).pod(pending_pod(seconds(0)));
  live();
  life.later(seconds(1)).pod(unschedulable_pod("claim not bound", seconds(0)));
  live();
  life.claim(ClaimPhase::Bound).pod(starting_pod(seconds(-1)));
  live();
  life.later(seconds(1)).pod(unready_pod(seconds(-1)));
  live();
  life.pod(ready_pod());
  live();
  life.later(seconds(3600));
  live();
  EXPECT_EQ(writes, (std::vector<std::string>{"create claim", "INIT Starting", "create pod",
                                              "READY Ready"}));
  EXPECT_EQ(events, std::vector<std::string>{});
}

}  // namespace
}  // namespace sojourn::domain::test
