#include "sojourn/kube/recorder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

class RecorderTest : public testing::Test {
 protected:
  void emit(const std::string& note, const std::string& name = "s1") {
    recorder_.event({"sojourn.dev/v1alpha1", "Session", "a", name, "u-" + name, "5"},
                    api::EventType::Warning, "PodLost", "Restart", note);
  }
  // Does all that is due; every write succeeds.
  int settle() {
    int writes = 0;
    for (int i = 0; i < 100; ++i) transport_.then(200, "{}");
    while (recorder_.step({})) ++writes;
    return writes;
  }
  json body(std::size_t at) { return json::parse(transport_.requests().at(at).body); }
  double events(const std::string& result) {
    return telemetry_.value("sojourn_events_total{result=\"" + result + "\"}");
  }

  fake::FakeClock clock_;
  fake::CountingTelemetry telemetry_;
  fake::ScriptedTransport transport_;
  Client client_{transport_, clock_};
  History history_;
  Recorder recorder_{{.controller = "sojourn.dev/operator", .instance = "pod-1", .capacity = 5},
                     client_,
                     history_,
                     clock_,
                     telemetry_,
                     Logger()};
};

TEST_F(RecorderTest, AnEventIsWrittenWholeBesideItsObject) {
  emit("the pod was lost");
  settle();
  ASSERT_EQ(transport_.requests().size(), 1U);
  EXPECT_EQ(transport_.last().target,
            "/apis/events.k8s.io/v1/namespaces/a/events?fieldManager=sojourn-operator");
  const json event = body(0);
  EXPECT_EQ(event["kind"], "Event");
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "PodLost");
  EXPECT_EQ(event["action"], "Restart");
  EXPECT_EQ(event["note"], "the pod was lost");
  EXPECT_EQ(event["regarding"]["uid"], "u-s1");
  EXPECT_EQ(event["reportingController"], "sojourn.dev/operator");
  EXPECT_EQ(event["reportingInstance"], "pod-1");
  EXPECT_EQ(event["eventTime"], "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(event["metadata"]["name"].get<std::string>().rfind("s1.", 0), 0U);
  EXPECT_EQ(events("written"), 1);
}

TEST_F(RecorderTest, EventsOfOneMomentHaveNamesOfTheirOwn) {
  emit("one");
  emit("two");
  settle();
  EXPECT_NE(body(0)["metadata"]["name"], body(1)["metadata"]["name"]);
}

TEST_F(RecorderTest, ARepeatedEventBecomesASeriesOfTheFirst) {
  emit("lost");
  settle();
  clock_.advance(seconds(30));
  emit("lost");
  settle();
  ASSERT_EQ(transport_.requests().size(), 2U);
  EXPECT_EQ(transport_.last().method, Method::Patch);
  const std::string name = body(0)["metadata"]["name"];
  EXPECT_EQ(transport_.last().target, "/apis/events.k8s.io/v1/namespaces/a/events/" + name +
                                          "?fieldManager=sojourn-operator");
  EXPECT_EQ(body(1), json::parse(R"({"series":{"count":2,)"
                                 R"("lastObservedTime":"2026-01-01T00:00:30.000000Z"}})"));
}

TEST_F(RecorderTest, ASeriesIsWrittenAtMostOnceAMinuteAndLosesNoCount) {
  for (int i = 0; i < 100; ++i) {
    emit("lost");
    settle();
    clock_.advance(seconds(1));
  }
  EXPECT_EQ(transport_.requests().size(), 3U);  // the event, the first repeat, one a minute later
  clock_.advance(minutes(1));
  settle();
  EXPECT_EQ(body(3)["series"]["count"], 100);
  clock_.advance(minutes(1));
  EXPECT_EQ(settle(), 0);
}

TEST_F(RecorderTest, AfterSixQuietMinutesOrWithOtherWordsItIsANewEvent) {
  emit("lost");
  settle();
  clock_.advance(minutes(6));
  emit("lost");
  settle();
  emit("lost again");
  emit("lost", "s2");
  settle();
  for (const auto& request : transport_.requests()) EXPECT_EQ(request.method, Method::Post);
  EXPECT_EQ(transport_.requests().size(), 4U);
}

TEST_F(RecorderTest, ASeriesWhoseEventHasRunOutBeginsAnew) {
  emit("lost");
  settle();
  emit("lost");
  fake::ScriptedTransport& script = transport_;
  while (script.left() > 0) (void)script.send({}, {});
  script.then(404, status_json(404, "NotFound", "m"));
  while (recorder_.step({})) {
  }
  emit("lost");
  settle();
  EXPECT_EQ(transport_.last().method, Method::Post);
}

TEST_F(RecorderTest, AFailedWriteIsTriedThriceUnderTheSameNameThenDropped) {
  const Error down{ErrorCode::Unavailable, "m"};
  emit("lost");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    transport_.then(down);
    EXPECT_TRUE(recorder_.step({}));
    EXPECT_FALSE(recorder_.step({}));
    clock_.advance(seconds(attempt));
  }
  EXPECT_EQ(transport_.requests().size(), 3U);
  EXPECT_EQ(body(0), body(2));
  EXPECT_EQ(events("dropped"), 1);
}

TEST_F(RecorderTest, AWriteWhoseAnswerWasLostIsNotWrittenTwice) {
  emit("lost");
  transport_.then(Error{ErrorCode::DeadlineExceeded, "m"});
  recorder_.step({});
  clock_.advance(seconds(1));
  transport_.then(409, status_json(409, "AlreadyExists", "m"));
  recorder_.step({});
  EXPECT_EQ(events("written"), 1);
  EXPECT_EQ(events("dropped"), 0);
}

TEST_F(RecorderTest, ARefusedEventIsDroppedAtOnce) {
  emit("lost");
  transport_.then(403, status_json(403, "Forbidden", "m"));
  recorder_.step({});
  EXPECT_FALSE(recorder_.step({}));
  EXPECT_EQ(events("dropped"), 1);
}

TEST_F(RecorderTest, AFullQueueDropsInsteadOfBlocking) {
  for (int i = 0; i < 8; ++i) emit("note " + std::to_string(i));
  EXPECT_EQ(events("dropped"), 3);
  EXPECT_EQ(settle(), 5);
}

TEST_F(RecorderTest, LongWordsAreCutWithoutHalvingACharacter) {
  std::string note;
  for (int i = 0; i < 400; ++i) note += "€";  // three bytes each
  recorder_.event({"v1", "Pod", "", std::string(253, 'n'), "u", ""}, api::EventType::Normal,
                  std::string(500, 'R'), std::string(500, 'A'), note);
  settle();
  const json event = body(0);
  EXPECT_EQ(event["note"].get<std::string>().size(), 1023U);
  EXPECT_EQ(event["reason"].get<std::string>().size(), 128U);
  EXPECT_EQ(event["action"].get<std::string>().size(), 128U);
  EXPECT_LE(event["metadata"]["name"].get<std::string>().size(), 253U);
  EXPECT_EQ(event["metadata"]["namespace"], "default");
}

TEST_F(RecorderTest, StopWritesWhatIsQueuedAndEnds) {
  transport_.then(200, "{}");
  transport_.then(200, "{}");
  recorder_.start();
  emit("one");
  emit("two");
  recorder_.stop();
  EXPECT_EQ(events("written"), 2);
  emit("three");
  EXPECT_EQ(events("dropped"), 1);
}

TEST_F(RecorderTest, OnItsThreadItWakesForASeriesThatFellDue) {
  for (int i = 0; i < 3; ++i) transport_.then(200, "{}");
  recorder_.start();
  const auto await = [this](std::size_t writes) {
    while (events("written") < static_cast<double>(writes)) std::this_thread::yield();
    clock_.await_waiters(1);
  };
  emit("lost");
  await(1);
  emit("lost");
  await(2);
  emit("lost");
  clock_.await_waiters(1);
  clock_.advance(seconds(61));
  await(3);
  recorder_.stop();
  EXPECT_EQ(body(2)["series"]["count"], 3);
}

TEST_F(RecorderTest, AfterARestoredBackupANamespaceThatWasGoingMayBeThereAgain) {
  transport_.then(404, R"({"kind":"Status","code":404,"reason":"NotFound","message":"m"})");
  emit("one");
  settle();
  EXPECT_EQ(events("dropped"), 1);
  history_.went_back(0);
  emit("two");
  settle();
  EXPECT_EQ(events("written"), 1);
}

// S37: nothing is made any more in a namespace that is going.
TEST_F(RecorderTest, OfAnObjectWhoseNamespaceIsGoingNoSecondEventIsTried) {
  transport_.then(403, R"({"kind":"Status","code":403,"reason":"Forbidden","message":"m",)"
                       R"("details":{"causes":[{"reason":"NamespaceTerminating"}]}})");
  emit("one");
  emit("two");
  emit("another's", "s2");
  settle();
  EXPECT_EQ(transport_.requests().size(), 2U);
  EXPECT_EQ(events("dropped"), 2);
  EXPECT_EQ(events("written"), 1);
}

}  // namespace
}  // namespace sojourn::kube
