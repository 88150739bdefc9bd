// A template that is missing, invalid, or not pinned yet.
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

constexpr const char* kNotFound =
    "!Ready/TemplateNotFound Reconciling/TemplateNotFound !AgentReady/TemplateNotFound";
constexpr const char* kInvalid =
    "!Ready/InvalidTemplate Stalled/InvalidTemplate !AgentReady/InvalidTemplate";
constexpr const char* kFresh = "!Ready/Starting Reconciling/Starting !AgentReady/Starting";

Observation missing() {
  return Observation().template_is(TemplateState::Missing);
}

TEST(Template, AMissingOneIsToldAtOnceAndStallsOnlyPastTheStartClock) {
  expect_rows({
      {.when = "new",
       .given = missing(),
       .check = "starting",
       .actions = {"INIT TemplateNotFound"},
       .conditions = kNotFound,
       .events = {"Warning TemplateNotFound"}},
      {.when = "while it waits",
       .given = missing().settle().later(seconds(300)),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "past the start clock",
       .given = missing().settle().later(seconds(301)),
       .check = "starting",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/TemplateNotFound Stalled/TemplateNotFound !AgentReady/StartTimeout",
       .events = {"Warning StartTimeout", "Warning TemplateNotFound"}},
      {.when = "applied in time: the start goes on",
       .given = missing().settle().template_is(TemplateState::Usable),
       .check = "starting",
       .actions = {"create pod"},
       .recheck = seconds(301)},
      {.when = "applied late: it starts afresh",
       .given = missing().settle().later(seconds(301)).settle().template_is(TemplateState::Usable),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = kFresh,
       .then = {"create pod"},
       .events = {"Normal Retrying"}},
  });
  const auto late = missing().settle().later(seconds(301)).settle().status();
  EXPECT_EQ(late.attempts, 0);
  EXPECT_EQ(late.message,
            "not READY after 300 s: TemplateNotFound, SessionTemplate claude does not exist in "
            "namespace team; apply it");
}

TEST(Template, AStatusWithoutItsConditionsIsMadeWhole) {
  const auto restored =
      missing().settle().change([](api::Session& session) { session.status.conditions.clear(); });
  expect_rows({{.when = "restored",
                .given = restored,
                .check = "starting",
                .actions = {"INIT TemplateNotFound"},
                .conditions = kNotFound}});
}

TEST(Template, OneThatDoesNotFitTheSessionsVolumeIsForAPerson) {
  const auto clash = Observation().storage().change(
      [](api::Session& session) { session.spec.storage->mount_path = "/cache"; });
  const auto given = Observation(clash).template_mounts("/cache");
  expect_rows({{.when = "both want /cache",
                .given = given,
                .check = "starting",
                .actions = {"INIT InvalidTemplate"},
                .conditions = "!Ready/InvalidTemplate Stalled/InvalidTemplate "
                              "!VolumeReady/VolumePending !AgentReady/InvalidTemplate",
                .events = {"Warning InvalidTemplate"}}});
}

TEST(Template, OneThatDoesNotHaveWhatTheSessionAsksForIsForAPerson) {
  const auto given = Observation().change([](api::Session& session) {
    session.spec.parameters = {{"BRANCH", "main"}};
  });
  expect_rows({
      {.when = "new",
       .given = given,
       .check = "starting",
       .actions = {"INIT InvalidSession"},
       .conditions = "!Ready/InvalidSession Stalled/InvalidSession !AgentReady/InvalidSession",
       .events = {"Warning InvalidSession"}},
      {.when = "for long: no clock runs",
       .given = Observation(given).settle().later(seconds(1000)),
       .check = "starting"},
      {.when = "the template declares it now",
       .given = Observation(given).settle().template_declares("BRANCH"),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = kFresh,
       .then = {"create pod"}},
  });
  EXPECT_EQ(written_by(Observation(given).plan()).message,
            "SessionTemplate claude has no parameter \"BRANCH\"; leave it out, or declare it in "
            "the template's parameters[]");
}

TEST(Template, ARunningSessionIsLeftAloneUntilItsNextStart) {
  const auto unfit = [](api::Session& session) { session.spec.agents = {{"critic", {}}}; };
  expect_rows({{.when = "READY", .given = Observation().ready().change(unfit), .check = "awake"},
               {.when = "asleep and to be woken",
                .given = Observation().asleep().change(unfit).desired(api::DesiredState::Running),
                .check = "starting",
                .actions = {"IDLE InvalidSession"},
                .conditions = "!Ready/InvalidSession Stalled/InvalidSession Waking/Waking "
                              "!AgentReady/InvalidSession",
                .events = {"Warning InvalidSession"}}});
}

TEST(Template, TheLastKnownRevisionServesWhileItIsMissingOrInvalid) {
  for (const auto state : {TemplateState::Missing, TemplateState::Invalid}) {
    expect_rows({{.when = "new",
                  .given = Observation().template_is(state).last_revision_known(),
                  .check = "starting",
                  .actions = {"INIT Starting"},
                  .conditions = kFresh,
                  .then = {"create pod"}}});
  }
}

TEST(Template, AnInvalidOneStallsAtOnceAndHealsWhenItIsMended) {
  const auto invalid = [] {
    return Observation().template_is(TemplateState::Invalid, "it has no agents; add one");
  };
  expect_rows({
      {.when = "new",
       .given = invalid(),
       .check = "starting",
       .actions = {"INIT InvalidTemplate"},
       .conditions = kInvalid,
       .events = {"Warning InvalidTemplate"}},
      {.when = "for long: only a person can help, so no clock runs",
       .given = invalid().settle().later(seconds(1000)),
       .check = "starting"},
      {.when = "mended",
       .given = invalid().settle().template_is(TemplateState::Usable),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = kFresh,
       .then = {"create pod"}},
  });
  EXPECT_EQ(written_by(invalid().plan()).message,
            "SessionTemplate claude: it has no agents; add one");
}

TEST(Template, OneWhoseRevisionIsBeingStoredIsWaitedFor) {
  const auto young = [](Observation given) {
    return given.change(
        [](api::Session& session) { session.meta.creation_timestamp = kNow - seconds(2); });
  };
  const auto pending = [] { return Observation().template_is(TemplateState::Pending); };
  constexpr const char* kPending =
      "!Ready/TemplatePending Reconciling/TemplatePending !AgentReady/TemplatePending";
  expect_rows({
      {.when = "for a moment: nothing is said",
       .given = young(pending()),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "for long",
       .given = young(pending()).later(seconds(1)),
       .check = "starting",
       .actions = {"INIT TemplatePending"},
       .conditions = kPending},
      {.when = "a newer one is waited for though an older is known",
       .given = pending().last_revision_known(),
       .check = "starting",
       .actions = {"INIT TemplatePending"},
       .conditions = kPending},
      {.when = "past the start clock: no attempt is used",
       .given = pending().settle().later(seconds(301)),
       .check = "starting",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/TemplatePending Stalled/TemplatePending !AgentReady/StartTimeout",
       .events = {"Warning StartTimeout", "Warning TemplatePending"}},
      {.when = "stored at last",
       .given = pending().settle().later(seconds(301)).settle().template_is(TemplateState::Usable),
       .check = "failed",
       .actions = {"INIT Starting"},
       .conditions = kFresh,
       .then = {"create pod"},
       .events = {"Normal Retrying"}},
  });
}

TEST(Template, OneThatIsAppliedLateMayStillHaveToBeStored) {
  const auto stalled = missing().settle().later(seconds(301)).settle();
  expect_rows(
      {{.when = "applied, not stored yet",
        .given = Observation(stalled).template_is(TemplateState::Pending),
        .check = "failed",
        .actions = {"ERROR StartTimeout"},
        .conditions = "!Ready/TemplatePending Stalled/TemplatePending !AgentReady/StartTimeout",
        .events = {"Warning TemplatePending"}},
       {.when = "stored",
        .given = Observation(stalled)
                     .template_is(TemplateState::Pending)
                     .settle()
                     .template_is(TemplateState::Usable),
        .check = "failed",
        .actions = {"INIT Starting"},
        .conditions = kFresh,
        .then = {"create pod"},
        .events = {"Normal Retrying"}}});
}

TEST(Template, AStartShowsTheRevisionItTook) {
  EXPECT_EQ(Observation().starting().status().template_,
            (api::TemplateStatus{"claude", 1, "claude-aaaa"}));
  const auto kept = Observation().starting().pod(starting_pod(seconds(5))).template_changed();
  EXPECT_EQ(written_by(kept.plan()).template_->revision, "claude-aaaa")
      << "a pod keeps the template it was made from";
  const auto began = [](const api::SessionStatus& status) {
    return api::find_condition(status.conditions, "Reconciling")->last_transition_time;
  };
  EXPECT_EQ(began(written_by(kept.plan())), began(kept.status())) << "and its start clock runs on";
}

// Bad input heals within seconds once the template is mended, not only when the start clock ends.
TEST(Template, AMendedOneReplacesAPodThatGetsNowhere) {
  const auto starting = [](const api::Pod& pod) {
    return Observation().starting(seconds(100)).pod(pod).settle();
  };
  const auto image = starting(waiting_pod("ImagePullBackOff", ""));
  EXPECT_EQ(image.status().reason, "ImagePull");
  const auto mended = Observation(image).template_changed();
  expect_rows({
      {.when = "the template is what it was",
       .given = image,
       .check = "starting",
       .recheck = seconds(201)},
      {.when = "its image cannot be pulled",
       .given = mended,
       .check = "starting",
       .actions = {"delete pod pod-1"}},
      {.when = "on no node is room for it",
       .given = starting(unschedulable_pod("no node", seconds(10))).template_changed(),
       .check = "starting",
       .actions = {"delete pod pod-1"}},
      {.when = "it ends again and again",
       .given = starting(crashing_pod()).template_changed(),
       .check = "starting",
       .actions = {"delete pod pod-1"}},
      {.when = "on no node is room for it, for a moment: as while a claim is bound",
       .given = starting(unschedulable_pod("no node", seconds(2))).template_changed(),
       .check = "starting",
       .recheck = seconds(1)},
      {.when = "it goes already",
       .given = starting(going(crashing_pod())).template_changed(),
       .check = "starting",
       .recheck = seconds(33)},
      {.when = "the newer one is of no use",
       .given = Observation(image)
                    .template_is(TemplateState::Invalid)
                    .last_revision_known()
                    .template_changed(),
       .check = "starting",
       .recheck = seconds(201)},
      {.when = "one that comes up is left alone",
       .given = starting(starting_pod(seconds(10))).template_changed(),
       .check = "starting",
       .recheck = seconds(201)},
      {.when = "the new start has its whole time",
       .given = Observation(mended).no_pod(),
       .check = "starting",
       .actions = {"INIT Starting"},
       .conditions = "!Ready/Starting Reconciling/Starting !AgentReady/Starting",
       .then = {"create pod"}},
  });
  const auto status = written_by(Observation(mended).no_pod().plan());
  EXPECT_EQ(status.template_->revision, "claude-bbbb");
  EXPECT_EQ(api::find_condition(status.conditions, "Reconciling")->last_transition_time,
            mended.now());
}

}  // namespace
}  // namespace sojourn::domain::test
