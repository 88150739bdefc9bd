// The API server says no to a claim or a pod.
#include <gtest/gtest.h>

#include "tests/unit/domain/observation.h"

namespace sojourn::domain::test {
namespace {

constexpr auto kQuota = "pods \"chat-0123456789\" is forbidden: exceeded quota: team, used 5";

std::string not_ready(const std::string& reason) {
  return "!Ready/" + reason + " Reconciling/" + reason + " !AgentReady/" + reason;
}

TEST(Refusal, IsToldAtOnceInOurWords) {
  struct WordRow {
    Step step;
    ErrorCode code;
    std::string message;
    std::string_view reason;
    std::string told;
    bool needs_person = false;
  };
  const std::string security = "violates PodSecurity \"restricted:latest\"";
  for (const auto& [step, code, message, reason, told, needs_person] : {
           WordRow{Step::CreatePod, ErrorCode::Forbidden, kQuota, "QuotaExceeded", kQuota},
           WordRow{Step::CreateClaim, ErrorCode::Forbidden, kQuota, "QuotaExceeded", kQuota},
           WordRow{Step::CreatePod, ErrorCode::Forbidden, security, "Forbidden", security},
           WordRow{Step::CreatePod, ErrorCode::AlreadyExists, "exists", "PodConflict",
                   "pod chat-0123456789 was not made for this session; remove or rename it", true},
           WordRow{Step::CreateClaim, ErrorCode::AlreadyExists, "exists", "VolumeConflict",
                   "claim chat-0123456789 was not made for this session; remove or rename it",
                   true},
       }) {
    auto given = Observation();
    if (step == Step::CreateClaim) given.storage();
    const auto status = written_by(given.refused(step, code, message).plan());
    EXPECT_EQ(status.reason, reason);
    EXPECT_EQ(status.message, told);
    EXPECT_EQ(status.state, api::SessionState::Init);
    EXPECT_EQ(api::find_condition(status.conditions, "Stalled") != nullptr, needs_person) << reason;
  }
}

TEST(Refusal, OfTheContentStallsBecauseOnlyAPersonCanHelp) {
  expect_rows(
      {{.when = "the pod is invalid",
        .given = Observation().refused(Step::CreatePod, ErrorCode::Invalid, "spec.x: bad"),
        .check = "starting",
        .actions = {"INIT InvalidTemplate"},
        .conditions = "!Ready/InvalidTemplate Stalled/InvalidTemplate !AgentReady/InvalidTemplate",
        .recheck = seconds(8),
        .events = {"Warning InvalidTemplate"}},
       {.when = "the claim is invalid",
        .given =
            Observation().storage().refused(Step::CreateClaim, ErrorCode::Invalid, "spec.x: bad"),
        .check = "starting",
        .actions = {"INIT Refused"},
        .conditions = "!Ready/Refused Stalled/Refused !VolumeReady/VolumePending "
                      "!AgentReady/Refused",
        .recheck = seconds(8),
        .events = {"Warning Refused"}}});
}

TEST(Refusal, IsTriedAgainWhenItsTimeHasCome) {
  const auto refused = [](seconds retry_in) {
    return Observation()
        .starting(seconds(5))
        .refused(Step::CreatePod, ErrorCode::Forbidden, kQuota, retry_in);
  };
  expect_rows({
      {.when = "told",
       .given = refused(seconds(8)),
       .check = "starting",
       .actions = {"INIT QuotaExceeded"},
       .conditions = not_ready("QuotaExceeded"),
       .recheck = seconds(8),
       .events = {"Warning QuotaExceeded"}},
      {.when = "waiting",
       .given = refused(seconds(8)).settle(),
       .check = "starting",
       .recheck = seconds(8)},
      {.when = "due",
       .given = refused(seconds(8)).settle().later(seconds(8)),
       .check = "starting",
       .actions = {"create pod"},
       .recheck = seconds(288)},
      {.when = "of a step that is over",
       .given = Observation()
                    .starting(seconds(5))
                    .refused(Step::CreateClaim, ErrorCode::Forbidden, kQuota),
       .check = "starting",
       .actions = {"create pod"},
       .recheck = seconds(296)},
      {.when = "the claim, due",
       .given = Observation()
                    .storage()
                    .refused(Step::CreateClaim, ErrorCode::Forbidden, kQuota, seconds(8))
                    .settle()
                    .later(seconds(8)),
       .check = "starting",
       .actions = {"create claim"},
       .recheck = seconds(293)},
  });
}

TEST(Refusal, OnceToldOnlyAnotherReasonIsWritten) {
  const auto told = Observation()
                        .storage()
                        .starting(seconds(5))
                        .claim(api::ClaimPhase::Pending)
                        .refused(Step::CreatePod, ErrorCode::Forbidden, "no")
                        .settle();
  expect_rows({
      {.when = "the claim is bound meanwhile: that waits for READY",
       .given = Observation(told).claim(api::ClaimPhase::Bound),
       .check = "starting",
       .recheck = seconds(8)},
      {.when = "its retry is due",
       .given = Observation(told).later(seconds(8)),
       .check = "starting",
       .actions = {"create pod"},
       .recheck = seconds(288)},
      {.when = "the same words for another reason",
       .given = Observation(told).refused(Step::CreatePod, ErrorCode::Forbidden, "no", seconds(8),
                                          "NamespaceTerminating"),
       .check = "starting",
       .actions = {"INIT NamespaceTerminating"},
       .conditions = "!Ready/NamespaceTerminating Reconciling/NamespaceTerminating "
                     "!VolumeReady/VolumePending !AgentReady/NamespaceTerminating",
       .recheck = seconds(296)},
  });
}

TEST(Refusal, PastTheStartClockStallsAndIsStillTriedAgain) {
  const auto told =
      Observation().starting(seconds(5)).refused(Step::CreatePod, ErrorCode::Forbidden, kQuota);
  const auto stalled = Observation(told)
                           .settle()
                           .later(seconds(296))
                           .refused(Step::CreatePod, ErrorCode::Forbidden, kQuota, seconds(30));
  expect_rows({
      {.when = "past the start clock",
       .given = stalled,
       .check = "starting",
       .actions = {"ERROR StartTimeout"},
       .conditions = "!Ready/QuotaExceeded Stalled/QuotaExceeded !AgentReady/StartTimeout",
       .recheck = seconds(30),
       .events = {"Warning StartTimeout", "Warning QuotaExceeded"}},
      {.when = "waiting",
       .given = Observation(stalled).settle().later(seconds(29)),
       .check = "failed",
       .recheck = seconds(1)},
      {.when = "due",
       .given = Observation(stalled).settle().later(seconds(30)),
       .check = "failed",
       .actions = {"create pod"}},
      {.when = "the pod could be made",
       .given = Observation(stalled).settle().pod(starting_pod(seconds(-295))),
       .check = "failed",
       .recheck = seconds(2)},
      {.when = "and is Ready",
       .given = Observation(stalled).settle().pod(ready_pod()),
       .check = "failed",
       .actions = {"READY Ready"},
       .conditions = "Ready/Ready AgentReady/Ready"},
  });
  EXPECT_EQ(written_by(stalled.plan()).attempts, 0);
}

// S37: the namespace is going, and so is the session.
TEST(Refusal, OfANamespaceThatIsGoingIsFinal) {
  const auto refused =
      Observation()
          .starting(seconds(5))
          .refused(Step::CreatePod, ErrorCode::Forbidden, "namespace team is being terminated",
                   seconds(8), "NamespaceTerminating");
  expect_rows({
      {.when = "told",
       .given = refused,
       .check = "starting",
       .actions = {"INIT NamespaceTerminating"},
       .conditions = not_ready("NamespaceTerminating"),
       .recheck = seconds(296)},
      {.when = "due: nothing is created any more",
       .given = Observation(refused).settle().later(seconds(8)),
       .check = "starting",
       .recheck = seconds(288)},
      {.when = "past the start clock",
       .given = Observation(refused).settle().later(seconds(296)).settle(),
       .check = "failed"},
  });
}

TEST(Refusal, AMessageOfSeveralLinesBecomesOneShortLine) {
  const auto status = written_by(
      Observation()
          .refused(Step::CreatePod, ErrorCode::Forbidden, "first\nsecond " + std::string(5000, 'x'))
          .plan());
  EXPECT_EQ(status.message.size(), 512U);
  EXPECT_EQ(status.message.find('\n'), std::string::npos);
}

TEST(Refusal, OfAnotherRevisionsPodIsNoneOfThisOnes) {
  const auto refused = [](std::string revision) {
    return Observation().starting().refused(Step::CreatePod, ErrorCode::Invalid, "spec: bad",
                                            seconds(8), "Invalid", std::move(revision));
  };
  EXPECT_EQ(actions_of(refused("claude-aaaa").plan()),
            std::vector<std::string>{"INIT InvalidTemplate"});
  EXPECT_EQ(actions_of(refused("claude-0000").plan()), std::vector<std::string>{"create pod"});
  const auto claim = Observation().storage().refused(
      Step::CreateClaim, ErrorCode::Forbidden, kQuota, seconds(8), "Forbidden", "claude-0000");
  EXPECT_EQ(actions_of(claim.plan()), std::vector<std::string>{"INIT QuotaExceeded"})
      << "a claim is the same for all of them";
}

TEST(Refusal, ForALabelThatWasLostSaysWhatToDo) {
  const auto lost = Observation().starting().refused(Step::CreatePod, ErrorCode::AlreadyExists,
                                                     "pod chat has lost its label; put it back",
                                                     seconds(8), "LabelLost");
  const auto status = written_by(lost.plan());
  EXPECT_EQ(status.reason, "PodConflict");
  EXPECT_EQ(status.message, "pod chat has lost its label; put it back");
}

TEST(Refusal, OfAnEarlierStartSaysNothingOfAPodThatIsLost) {
  const auto lost = Observation().ready().no_pod().confirmed_gone().refused(
      Step::CreatePod, ErrorCode::Forbidden, kQuota);
  EXPECT_EQ(written_by(lost.plan()).reason, "PodLost");
}

}  // namespace
}  // namespace sojourn::domain::test
