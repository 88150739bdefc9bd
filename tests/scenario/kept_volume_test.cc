// Volumes that outlive their Sessions: marked, kept for their time, taken over by another, deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sojourn/base/timestamp.h"
#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// storage kept for so many seconds once it is released; 0: for ever.
json kept(int retain_for = 0) {
  json storage = json::object();
  if (retain_for > 0) storage["retention"]["retainFor"] = retain_for;
  return {{"storage", storage}};
}

class KeptVolume : public testing::Test {
 protected:
  explicit KeptVolume(Stage::Settings settings = {}) : stage(std::move(settings)) {}

  // "chat" is READY with a volume, and nothing it did so far is looked at any more.
  void start(const json& spec) {
    stage.apply_template();
    stage.apply_session(spec);
    stage.settle();
    ASSERT_EQ(stage.state(), "READY");
    name = stage.child();
    stage.writes();
    stage.events();
  }
  void start_expiring(int retain_for = 0) {
    auto spec = kept(retain_for);
    spec["ttl"] = {{"maxLifetimeSeconds", 60}};
    start(spec);
    stage.pass(seconds(65));
    ASSERT_EQ(stage.session()["status"]["outcome"], "Expired");
  }
  void delete_session() {
    stage.user.remove("sessions", "team", "chat");
    stage.settle();
  }
  // Another Session that is to go on with the claim.
  void apply_next(const std::string& session, json storage = json::object()) {
    storage["existingClaim"] = {{"name", name}};
    json next = json::parse(R"({"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
      "metadata": {"namespace": "team"}, "spec": {"templateRef": {"name": "claude"}}})");
    next["metadata"]["name"] = session;
    next["spec"]["storage"] = std::move(storage);
    const auto answer = stage.user.create(next);
    ASSERT_LT(answer.status, 300) << answer.message();
  }
  // A claim with the labels and marks of one that a Session has left, which none has.
  void create_lookalike(const char* claim) {
    const json labels{{"app.kubernetes.io/managed-by", "sojourn"},
                      {"sojourn.dev/session", "gone"},
                      {"sojourn.dev/session-uid", "no-such-uid"}};
    const json marks{{"sojourn.dev/retained-at", "2020-01-01T00:00:00Z"},
                     {"sojourn.dev/retain-until", "2020-01-02T00:00:00Z"}};
    const auto answer = stage.user.create(
        {{"apiVersion", "v1"},
         {"kind", "PersistentVolumeClaim"},
         {"metadata",
          {{"namespace", "team"}, {"name", claim}, {"labels", labels}, {"annotations", marks}}},
         {"spec",
          {{"accessModes", {"ReadWriteOnce"}},
           {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}});
    ASSERT_LT(answer.status, 300) << answer.message();
  }
  json status_of(const std::string& session) const { return stage.session(session)["status"]; }
  static json condition_in(const json& status, const std::string& type) {
    for (const auto& one : status["conditions"]) {
      if (one["type"] == type) return one;
    }
    return {};
  }
  // Null when there is none.
  json claim() const {
    return stage.server.get("persistentvolumeclaims", "team", name).value_or(json());
  }
  std::string label(const char* key) const {
    return claim()["metadata"]["labels"].value(std::string("sojourn.dev/") + key, "");
  }
  std::string note(const char* key) const {
    return claim()["metadata"]["annotations"].value(std::string("sojourn.dev/") + key, "");
  }
  std::string in(Duration time) const { return format_timestamp(stage.clock.now() + time); }

  Stage stage;
  std::string name;  // of chat's claim
};

TEST_F(KeptVolume, OfADeletedSession_IsMarkedOnceAndKeptForEver) {
  start(kept());
  EXPECT_EQ(label("retained"), "");
  delete_session();
  EXPECT_EQ(label("retained"), "true");
  EXPECT_EQ(label("session"), "chat");
  EXPECT_EQ(note("retained-at"), in(seconds(0)));
  EXPECT_EQ(note("retain-until"), "");
  EXPECT_THAT(stage.writes(), ElementsAre("patch persistentvolumeclaims team/CHILD"));
  stage.pass(minutes(1));
  stage.restart_operator();
  stage.pass(minutes(1));
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_THAT(stage.events(), IsEmpty());
  EXPECT_FALSE(claim().is_null());
}

TEST_F(KeptVolume, S3_OfASessionDeletedWhileTheOperatorIsDown_IsMarkedWhenItIsBack) {
  start(kept(3600));
  stage.user.remove("sessions", "team", "chat");
  stage.restart_operator();
  stage.settle();
  EXPECT_EQ(label("retained"), "true");
  EXPECT_EQ(note("retain-until"), in(hours(1)));
}

TEST_F(KeptVolume, IsNotMarkedWhileThePodOfItsSessionIsThere) {
  start(kept());
  stage.server.hold_watches("sessions");
  stage.user.remove("sessions", "team", "chat");
  stage.reconcile();
  EXPECT_EQ(label("retained"), "") << "the cache still shows the session";
  stage.server.release_watches("sessions");
  stage.settle();
  EXPECT_EQ(label("retained"), "true");
}

TEST_F(KeptVolume, OfADeletedSession_IsDeletedWhenItsTimeIsOverAndNotBefore) {
  start(kept(60));
  EXPECT_EQ(note("retain-for"), "60");
  delete_session();
  stage.writes();
  stage.pass(seconds(59));
  EXPECT_FALSE(claim().is_null());
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.pass(seconds(3));
  EXPECT_TRUE(claim().is_null());
  EXPECT_THAT(stage.writes(), ElementsAre("delete persistentvolumeclaims team/CHILD"));
  EXPECT_THAT(stage.events(), ElementsAre("Reaped"));
}

TEST_F(KeptVolume, IsDeletedOneASecondWhenTheTimeOfManyIsOver) {
  start(kept(60));
  for (const char* other : {"b", "c"}) {
    stage.user.create(
        {{"apiVersion", "sojourn.dev/v1alpha1"},
         {"kind", "Session"},
         {"metadata", {{"namespace", "team"}, {"name", other}}},
         {"spec", {{"templateRef", {{"name", "claude"}}}, {"storage", kept(60)["storage"]}}}});
  }
  stage.settle();
  for (const char* each : {"chat", "b", "c"}) stage.user.remove("sessions", "team", each);
  stage.settle();
  stage.pass(seconds(59));
  ASSERT_EQ(stage.server.list("persistentvolumeclaims").size(), 3U);
  std::vector<std::size_t> left;
  for (int second = 0; second < 4; ++second) {
    stage.pass(seconds(1));
    left.push_back(stage.server.list("persistentvolumeclaims").size());
  }
  EXPECT_THAT(left, ElementsAre(2U, 1U, 0U, 0U));
}

TEST_F(KeptVolume, OfAnExpiredSession_CostsOneWriteMoreAndSaysTheSameOnBoth) {
  auto spec = kept(60);
  spec["ttl"] = {{"maxLifetimeSeconds", 60}};
  start(spec);
  stage.pass(seconds(65));
  EXPECT_THAT(stage.writes(),
              ElementsAre("patch sessions/status team/chat", "delete pods team/CHILD",
                          "patch persistentvolumeclaims team/CHILD"));
  EXPECT_EQ(label("retained"), "true");
  const auto until = note("retain-until");
  EXPECT_EQ(status_of("chat")["volume"].value("retainUntil", ""), until);
  EXPECT_EQ(status_of("chat").value("finishTime", ""), note("retained-at"));
  EXPECT_EQ(parse_timestamp(until), *parse_timestamp(note("retained-at")) + seconds(60));
  stage.pass(seconds(70));
  EXPECT_TRUE(claim().is_null());
  EXPECT_EQ(stage.condition_reason("VolumeReady"), "VolumeDeleted");
  EXPECT_EQ(stage.condition("Ready"), "True");
  EXPECT_FALSE(status_of("chat").contains("volume"));
  EXPECT_THAT(stage.events(), Not(Contains("VolumeLost")));
  stage.writes();
  stage.pass(minutes(1));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(KeptVolume, OfACancelledSession_IsKeptEvenWhereThatOfAnExpiredOneIsNot) {
  auto spec = kept();
  spec["storage"]["retention"]["whenExpired"] = "Delete";
  start(spec);
  stage.patch_session({{"desiredState", "Cancelled"}});
  stage.settle();
  EXPECT_EQ(label("retained"), "true");
}

TEST_F(KeptVolume, OfASessionThatMayRunAgain_IsNotMarked) {
  auto spec = kept(1);
  spec["mode"] = "Task";
  start(spec);
  stage.cluster.succeed_pod("team", name);
  stage.pass(minutes(1));
  ASSERT_EQ(status_of("chat")["outcome"], "Completed");
  EXPECT_EQ(label("retained"), "");
  stage.patch_session({{"desiredState", "Stopped"}});
  stage.pass(minutes(1));
  EXPECT_FALSE(claim().is_null());
}

TEST_F(KeptVolume, AnotherTimeInTheSpec_MovesTheEndAndOneWrittenByHandIsHeard) {
  start_expiring(60);
  const auto at = *parse_timestamp(note("retained-at"));
  stage.patch_session({{"storage", {{"retention", {{"retainFor", 90}}}}}});
  stage.settle();
  EXPECT_EQ(note("retain-until"), format_timestamp(at + seconds(90)));
  EXPECT_EQ(status_of("chat")["volume"]["retainUntil"], note("retain-until"));
  const auto later = format_timestamp(at + seconds(5000));
  stage.user.patch("persistentvolumeclaims", "team", name,
                   {{"metadata", {{"annotations", {{"sojourn.dev/retain-until", later}}}}}});
  stage.pass(seconds(100));
  EXPECT_EQ(note("retain-until"), later);
  EXPECT_EQ(status_of("chat")["volume"]["retainUntil"], later);
  stage.patch_session({{"storage", {{"retention", {{"retainFor", 0}}}}}});
  stage.settle();
  EXPECT_EQ(note("retain-until"), "");
  EXPECT_FALSE(status_of("chat")["volume"].contains("retainUntil"));
}

TEST_F(KeptVolume, ThatAnybodysPodMounts_IsNotDeletedUnderIt) {
  start(kept(60));
  delete_session();
  stage.user.create(
      {{"apiVersion", "v1"},
       {"kind", "Pod"},
       {"metadata", {{"namespace", "team"}, {"name", "look-at-it"}}},
       {"spec",
        {{"containers", json::array({{{"name", "shell"}, {"image", "busybox"}}})},
         {"volumes",
          json::array({{{"name", "v"}, {"persistentVolumeClaim", {{"claimName", name}}}}})}}}});
  stage.writes();
  stage.pass(minutes(2));
  EXPECT_FALSE(claim().is_null());
  EXPECT_THAT(stage.writes(), IsEmpty());
  stage.server.erase("pods", "team", "look-at-it");
  stage.pass(minutes(1));
  EXPECT_TRUE(claim().is_null());
}

TEST_F(KeptVolume, AClockThatJumpsDeletesNothing) {
  start(kept(3600));
  delete_session();
  stage.writes();
  stage.clock.jump(hours(2));
  stage.pass(minutes(1));
  EXPECT_FALSE(claim().is_null());
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(KeptVolume, AMarkOnTheClaimOfALivingSessionIsTakenOffAndDeletesNothing) {
  start(kept());
  stage.user.patch("persistentvolumeclaims", "team", name,
                   {{"metadata",
                     {{"annotations",
                       {{"sojourn.dev/retained-at", "2020-01-01T00:00:00Z"},
                        {"sojourn.dev/retain-until", "2020-01-02T00:00:00Z"}}}}}});
  stage.pass(minutes(2));
  EXPECT_EQ(note("retained-at"), "");
  EXPECT_EQ(note("retain-until"), "");
  EXPECT_FALSE(claim().is_null());
}

TEST_F(KeptVolume, AClaimThatOnlyLooksLikeOursIsNeverTouched) {
  start(kept());
  create_lookalike("payroll");
  stage.pass(minutes(5));
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_TRUE(stage.server.get("persistentvolumeclaims", "team", "payroll").has_value());
}

class KeptVolumeDryRun : public KeptVolume {
 protected:
  KeptVolumeDryRun() : KeptVolume({.reaper_dry_run = true}) {}
};

TEST_F(KeptVolumeDryRun, IsOnlyTold) {
  start(kept(60));
  delete_session();
  stage.writes();
  stage.pass(minutes(2));
  EXPECT_FALSE(claim().is_null());
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_THAT(stage.events(), ElementsAre("ReapDue"));
}

TEST_F(KeptVolume, IsTakenOverByASessionThatNamesIt_InFourWrites) {
  start_expiring(60);
  const auto uid = claim()["metadata"]["uid"];
  stage.writes();
  stage.events();
  apply_next("next");
  stage.settle();
  EXPECT_EQ(status_of("next")["state"], "READY");
  EXPECT_EQ(status_of("next")["volume"]["claimName"], name);
  EXPECT_EQ(status_of("next")["volume"]["claimUID"], uid);
  EXPECT_FALSE(status_of("next")["volume"].contains("retainUntil"));
  const auto pod_name = status_of("next")["pod"]["name"].get<std::string>();
  const auto pod = stage.server.get("pods", "team", pod_name);
  ASSERT_TRUE(pod.has_value());
  EXPECT_EQ((*pod)["spec"]["volumes"][1]["persistentVolumeClaim"]["claimName"], name);
  EXPECT_EQ(label("session"), "next");
  EXPECT_EQ(label("first-session"), "chat");
  EXPECT_EQ(label("retained"), "");
  EXPECT_EQ(note("retain-until"), "");
  EXPECT_EQ(note("retain-for"), "");
  EXPECT_EQ(condition_in(status_of("chat"), "VolumeReady")["reason"], "VolumeHandedOver");
  EXPECT_EQ(condition_in(status_of("chat"), "Ready")["status"], "True");
  std::vector<std::string> of_next;
  for (const auto& write : stage.writes()) {
    if (write.find("team/chat") == std::string::npos) of_next.push_back(write);
  }
  EXPECT_THAT(of_next, ElementsAre("patch persistentvolumeclaims team/CHILD",
                                   "patch sessions/status team/next", StartsWith("create pods"),
                                   "patch sessions/status team/next"));
  EXPECT_THAT(stage.events(), ElementsAre("Reattached"));
  stage.pass(minutes(2));
  EXPECT_THAT(stage.writes(), IsEmpty());
  EXPECT_FALSE(claim().is_null()) << "the time of the last holder counts no more";
}

TEST_F(KeptVolume, HandedOn_IsReleasedByEachHolderInTurn) {
  start(kept());
  delete_session();
  apply_next("next", {{"retention", {{"retainFor", 60}}}});
  stage.settle();
  ASSERT_EQ(status_of("next")["state"], "READY");
  stage.user.remove("sessions", "team", "next");
  stage.pass(seconds(6));
  EXPECT_EQ(label("retained"), "true");
  EXPECT_EQ(label("session"), "next");
  apply_next("third");
  stage.settle();
  EXPECT_EQ(status_of("third")["state"], "READY");
  EXPECT_EQ(label("first-session"), "chat");
  stage.user.remove("sessions", "team", "third");
  stage.pass(minutes(2));
  EXPECT_FALSE(claim().is_null()) << "third keeps it for ever";
}

TEST_F(KeptVolume, InUse_IsWaitedForAndTakenOverWhenItsHolderIsDeleted) {
  start(kept());
  apply_next("next");
  stage.settle();
  EXPECT_EQ(status_of("next")["state"], "INIT");
  EXPECT_EQ(status_of("next")["reason"], "VolumeInUse");
  EXPECT_THAT(status_of("next").value("message", ""), HasSubstr("session chat holds claim"));
  EXPECT_THAT(stage.writes(), Each("patch sessions/status team/next"));
  EXPECT_EQ(stage.state(), "READY");
  delete_session();
  stage.pass(seconds(2));
  EXPECT_EQ(status_of("next")["state"], "READY");
}

TEST_F(KeptVolume, InUseForTooLong_IsForAPersonAndStillTakenOverInTheEnd) {
  start(kept());
  apply_next("next");
  stage.pass(minutes(6));
  EXPECT_EQ(status_of("next")["state"], "ERROR");
  EXPECT_EQ(condition_in(status_of("next"), "Stalled")["reason"], "VolumeInUse");
  stage.patch_session({{"desiredState", "Cancelled"}});
  stage.pass(seconds(31));
  EXPECT_EQ(status_of("next")["state"], "READY");
  EXPECT_TRUE(condition_in(status_of("next"), "Stalled").is_null());
}

TEST_F(KeptVolume, S9_WantedByTwoSessions_IsGivenToOne) {
  start_expiring();
  stage.server.hold_watches("persistentvolumeclaims");
  apply_next("one");
  apply_next("two");
  stage.settle();
  stage.server.release_watches("persistentvolumeclaims");
  stage.pass(seconds(5));
  const auto holder = label("session");
  const std::string other = holder == "one" ? "two" : "one";
  EXPECT_EQ(status_of(holder)["state"], "READY");
  EXPECT_EQ(status_of(other)["reason"], "VolumeInUse");
  EXPECT_FALSE(status_of(other).contains("volume"));
}

TEST_F(KeptVolume, ThatDoesNotExist_IsToldAndTakenWhenItComes) {
  stage.apply_template();
  name = "chat-0123456789";
  apply_next("next");
  stage.settle();
  EXPECT_EQ(status_of("next")["state"], "INIT");
  EXPECT_EQ(status_of("next")["reason"], "VolumeNotFound");
  EXPECT_THAT(stage.writes(), Each("patch sessions/status team/next"));
}

TEST_F(KeptVolume, ThatNobodysSessionLeft_IsRefused) {
  stage.apply_template();
  name = "payroll";
  create_lookalike("payroll");
  apply_next("thief");
  stage.pass(minutes(2));
  EXPECT_EQ(status_of("thief")["reason"], "VolumeConflict");
  EXPECT_EQ(condition_in(status_of("thief"), "Stalled")["reason"], "VolumeConflict");
  EXPECT_THAT(stage.writes(), Each("patch sessions/status team/thief"));
}

TEST_F(KeptVolume, TakenOver_SurvivesTheEndOfASessionThatWasToTakeItAlong) {
  auto spec = kept();
  spec["storage"]["retention"]["whenDeleted"] = "Delete";
  start(spec);
  stage.patch_session({{"desiredState", "Cancelled"}});
  stage.settle();
  ASSERT_TRUE(claim()["metadata"].contains("ownerReferences"));
  apply_next("next");
  stage.settle();
  ASSERT_EQ(status_of("next")["state"], "READY");
  EXPECT_FALSE(claim()["metadata"].contains("ownerReferences"));
  delete_session();
  stage.pass(seconds(5));
  EXPECT_FALSE(claim().is_null());
  EXPECT_EQ(status_of("next")["state"], "READY");
}

TEST_F(KeptVolume, TakenOver_IsNotDeletedByTheExpiryOfItsFirstSession) {
  auto spec = kept();
  spec["storage"]["retention"]["whenExpired"] = "Delete";
  spec["ttl"] = {{"maxLifetimeSeconds", 60}};
  start(spec);
  stage.patch_session({{"desiredState", "Cancelled"}});
  stage.settle();
  apply_next("next");
  stage.pass(minutes(2));
  EXPECT_FALSE(claim().is_null());
  EXPECT_EQ(status_of("next")["state"], "READY");
}

TEST_F(KeptVolume, AWakeOfTheNewHolderFindsTheSameClaim) {
  start(kept());
  delete_session();
  apply_next("next");
  stage.settle();
  for (const char* desired : {"Stopped", "Running"}) {
    stage.user.patch("sessions", "team", "next", {{"spec", {{"desiredState", desired}}}});
    stage.pass(seconds(5));
  }
  EXPECT_EQ(status_of("next")["state"], "READY");
  EXPECT_EQ(status_of("next")["volume"]["claimName"], name);
  stage.restart_operator();
  stage.writes();
  stage.pass(minutes(1));
  EXPECT_THAT(stage.writes(), IsEmpty());
}

TEST_F(KeptVolume, WhoseTimeIsOver_IsNotDeletedUnderASessionThatWaitsForIt) {
  start(kept(60));
  delete_session();
  stage.pass(seconds(30));
  stage.user.remove("sessiontemplates", "team", "claude");
  apply_next("next");
  stage.pass(minutes(3));
  EXPECT_FALSE(claim().is_null());
  stage.apply_template();
  stage.pass(seconds(31));
  EXPECT_EQ(status_of("next")["state"], "READY");
}

}  // namespace
}  // namespace sojourn::scenario
