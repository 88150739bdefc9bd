#include "sojourn/kube/informer.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string list_json(int version, const std::string& items) {
  return R"({"kind":"ThingList","metadata":{"resourceVersion":")" + std::to_string(version) +
         R"("},"items":[)" + items + "]}";
}

std::string line(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string bookmark(int version) {
  return line("BOOKMARK", R"({"kind":"Thing","metadata":{"resourceVersion":")" +
                              std::to_string(version) + R"("}})");
}

class InformerTest : public testing::Test {
 protected:
  // The names and versions the store holds, in order.
  std::string held() {
    std::map<std::string, std::string> names;
    store_.for_each(
        [&](const Thing& thing) { names[thing.meta.name] = thing.meta.resource_version; });
    std::string text;
    for (const auto& [name, version] : names) text += name + version + " ";
    return text;
  }
  void listed(int version, const std::string& items) {
    transport_.then(200, list_json(version, items));
    informer_.step({});
  }
  // One watch of these chunks that ends in good order or as `error` says.
  Duration watched(std::vector<std::string> chunks, std::optional<Error> error = {}) {
    transport_.then({.chunks = std::move(chunks), .error = std::move(error), .before = [this] {
                       clock_.advance(seconds(2));
                     }});
    return informer_.step({});
  }
  std::string target(std::size_t at) { return transport_.requests().at(at).target; }

  fake::FakeClock clock_;
  SeededRandom random_{1};
  fake::CountingTelemetry telemetry_;
  fake::ScriptedTransport transport_;
  std::ostringstream log_;
  StreamLogSink sink_{log_, clock_, LogFormat::Json, LogLevel::Info};
  Store<Thing> store_;
  History history_;
  Informer<Thing> informer_{store_, Selection{""}, transport_, history_,
                            clock_, random_,       telemetry_, Logger(sink_, "informer")};
};

TEST_F(InformerTest, ListsAllAtOnceAndFillsTheStoreAtTheEnd) {
  const std::string whole = list_json(10, thing_json("a", 1) + "," + thing_json("b", 2));
  transport_.then({.chunks = {whole.substr(0, whole.size() - 10)},
                   .error = Error{ErrorCode::Unavailable, "connection reset"},
                   .before = {}});
  EXPECT_GE(informer_.step({}), milliseconds(800));
  EXPECT_FALSE(store_.ready());
  EXPECT_EQ(held(), "");
  transport_.then(200, whole);
  EXPECT_EQ(informer_.step({}), Duration::zero());
  EXPECT_EQ(held(), "a1 b2 ");
  EXPECT_EQ(target(0), "/apis/tests.dev/v1/things");
}

TEST_F(InformerTest, WatchesFromTheListOnAndAppliesEveryEventHoweverTheChunksFall) {
  listed(10, thing_json("a", 1) + "," + thing_json("b", 2));
  const std::string text = line("MODIFIED", thing_json("a", 11)) +
                           line("DELETED", thing_json("b", 12)) +
                           line("ADDED", thing_json("c", 13)) + bookmark(20);
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(watched(bytes), Duration::zero());
  EXPECT_EQ(held(), "a11 c13 ");
  EXPECT_EQ(store_.latest_resource_version(), 20U);
  EXPECT_EQ(target(1).substr(0, 89),
            "/apis/tests.dev/v1/things?watch=true&allowWatchBookmarks=true&resourceVersion=10&"
            "timeoutS");
  EXPECT_EQ(transport_.requests().at(1).deadline, seconds(150));
}

TEST_F(InformerTest, TheServerIsAskedToEndAWatchAfterFiveToTenMinutes) {
  listed(1, "");
  for (int i = 0; i < 50; ++i) {
    watched({bookmark(2)});
    const std::string asked = transport_.last().target;
    const int timeout = std::stoi(asked.substr(asked.rfind('=') + 1));
    EXPECT_GE(timeout, 300);
    EXPECT_LE(timeout, 600);
  }
}

TEST_F(InformerTest, AWatchThatBreaksOffGoesOnFromTheLastEventWithoutAList) {
  listed(10, "");
  const auto delay =
      watched({line("ADDED", thing_json("a", 11)), R"({"type":"ADDED","object":{"me)"},
              Error{ErrorCode::Unavailable, "connection reset"});
  EXPECT_GE(delay, milliseconds(800));
  EXPECT_EQ(held(), "a11 ");
  watched({});
  EXPECT_NE(target(2).find("resourceVersion=11&"), std::string::npos) << target(2);
}

TEST_F(InformerTest, AnExpiredVersionInTheWatchOrBeforeItListsAnew) {
  listed(10, thing_json("a", 1));
  watched({line("ERROR", status_json(410, "Expired", "too old resource version"))});
  listed(30, thing_json("b", 25));
  EXPECT_EQ(held(), "b25 ");
  transport_.then(410, status_json(410, "Expired", "too old"));
  informer_.step({});
  listed(40, thing_json("c", 35));
  EXPECT_EQ(held(), "c35 ");
  EXPECT_EQ(telemetry_.value(R"(sojourn_cache_lists_total{kind="Thing"})"), 3);
}

TEST_F(InformerTest, ABusyOrAbsentServerIsWatchedAgainWithoutAList) {
  listed(10, thing_json("a", 1));
  transport_.then({.status = 429, .retry_after = seconds(4)});
  EXPECT_GE(informer_.step({}), seconds(4));
  transport_.then(Error{ErrorCode::Unavailable, "connection refused"});
  informer_.step({});
  watched({line("ERROR", status_json(429, "TooManyRequests", "slow down"))});
  watched({line("ADDED", thing_json("b", 11))});
  EXPECT_EQ(held(), "a1 b11 ");
  EXPECT_EQ(telemetry_.value(R"(sojourn_cache_lists_total{kind="Thing"})"), 1);
}

TEST_F(InformerTest, APoisonedItemOfAListDegradesItselfAlone) {
  listed(10, thing_json("a", 1) + "," + thing_json("bad", 2, "\"big\"") + "," + thing_json("c", 3));
  EXPECT_EQ(held(), "a1 c3 ");
  EXPECT_EQ(store_.decode_failure({"a", "bad"})->message, "size: not a number");
  EXPECT_EQ(telemetry_.value(R"(sojourn_decode_failures_total{kind="Thing"})"), 1);
  EXPECT_NE(log_.str().find(R"("name":"bad")"), std::string::npos);
}

TEST_F(InformerTest, APoisonedEventDegradesItselfAloneAndHealsWithTheNext) {
  listed(10, thing_json("a", 1));
  watched({line("MODIFIED", thing_json("a", 11, "{}")), line("ADDED", thing_json("b", 12)),
           "not even JSON\n", line("ADDED", thing_json("c", 13))});
  EXPECT_EQ(held(), "a1 b12 c13 ");
  EXPECT_TRUE(store_.decode_failure({"a", "a"}).has_value());
  watched({line("MODIFIED", thing_json("a", 14, "5"))});
  EXPECT_EQ(held(), "a14 b12 c13 ");
  EXPECT_FALSE(store_.decode_failure({"a", "a"}).has_value());
}

TEST_F(InformerTest, TheEchoOfAnOwnWriteIsNotRead) {
  listed(10, thing_json("a", 1));
  store_.observe_write(make_thing("a", 12));
  watched({line("ADDED", thing_json("a", 11, "{}")), line("MODIFIED", thing_json("a", 12, "{}"))});
  EXPECT_EQ(held(), "a12 ");
  EXPECT_TRUE(store_.decode_failures().empty()) << "what is held is as new";
  watched({line("MODIFIED", thing_json("a", 13, "{}"))});
  EXPECT_FALSE(store_.decode_failures().empty());
}

TEST_F(InformerTest, APoisonedObjectThatIsDeletedIsGone) {
  listed(10, thing_json("a", 1));
  watched(
      {line("MODIFIED", thing_json("a", 11, "{}")), line("DELETED", thing_json("a", 12, "{}"))});
  EXPECT_EQ(held(), "");
  EXPECT_TRUE(store_.decode_failures().empty());
}

TEST_F(InformerTest, AnEventOverTheLimitIsNamedAndTheWatchGoesOn) {
  listed(10, "");
  const std::string huge =
      R"({"metadata":{"namespace":"a","name":"huge","resourceVersion":"11"},"x":")";
  std::vector<std::string> chunks{R"({"type":"ADDED","object":)" + huge};
  for (int i = 0; i < 5; ++i) chunks.push_back(std::string(1 << 20, 'x'));
  chunks.push_back("\"}}\n");
  chunks.push_back(line("ADDED", thing_json("b", 12)));
  watched(std::move(chunks));
  EXPECT_EQ(held(), "b12 ");
  EXPECT_EQ(store_.decode_failure({"a", "huge"})->code, ErrorCode::TooLarge);
}

TEST_F(InformerTest, AnEventOfATypeItDoesNotKnowIsPassedOver) {
  listed(10, "");
  watched({line("SHUFFLED", thing_json("a", 11)), line("ADDED", thing_json("b", 12))});
  EXPECT_EQ(held(), "b12 ");
}

TEST_F(InformerTest, AMissingKindIsSaidOnceWithTheCureAndLookedForAgain) {
  for (int i = 0; i < 3; ++i) {
    transport_.then(404, "404 page not found");
    const auto delay = informer_.step({});
    EXPECT_GE(delay, seconds(5));
    EXPECT_LE(delay, seconds(10));
  }
  const std::string cure =
      "the API server does not know things.tests.dev; apply the files of crds/";
  const auto first = log_.str().find(cure);
  EXPECT_NE(first, std::string::npos) << log_.str();
  EXPECT_EQ(log_.str().find(cure, first + 1), std::string::npos);
  listed(10, thing_json("a", 1));
  EXPECT_EQ(held(), "a1 ");
}

TEST_F(InformerTest, AHistoryThatWentBackReplacesEverything) {
  listed(100, thing_json("a", 90) + "," + thing_json("b", 95));
  watched({line("MODIFIED", thing_json("a", 50))});
  EXPECT_EQ(held(), "a90 b95 ");  // nothing is decided from it
  listed(60, thing_json("a", 50));
  EXPECT_EQ(held(), "a50 ");
  EXPECT_NE(log_.str().find("history went back"), std::string::npos);
  watched({line("ADDED", thing_json("c", 61))});
  EXPECT_EQ(held(), "a50 c61 ");
}

TEST_F(InformerTest, AListThatBreaksOffLeavesTheStoreAsItWas) {
  listed(10, thing_json("a", 1));
  watched({line("ERROR", status_json(410, "Expired", "too old"))});
  transport_.then({.chunks = {R"({"metadata":{"resourceVersion":"20"},"items":[)"},
                   .error = Error{ErrorCode::Unavailable, "connection lost"}});
  informer_.step({});
  transport_.then(200, R"({"metadata":{"resourceVersion":"20"},"items":[)");
  informer_.step({});
  EXPECT_EQ(held(), "a1 ");
  listed(20, "");
  EXPECT_EQ(held(), "");
}

TEST_F(InformerTest, OnItsThreadItListsWatchesAndEndsWhenStopped) {
  transport_.then(200, list_json(10, thing_json("a", 1)));
  transport_.then({.chunks = {line("ADDED", thing_json("b", 11))}, .stay_open = true});
  std::atomic<int> changes{0};
  store_.subscribe([&](const auto&, const auto&) {
    ++changes;
    changes.notify_all();
  });
  informer_.start();
  EXPECT_TRUE(store_.wait_ready(clock_, SteadyTime::max(), {}));
  for (int seen = changes; seen < 2; seen = changes) changes.wait(seen);
  informer_.stop();
  EXPECT_EQ(held(), "a1 b11 ");
}

TEST_F(InformerTest, AThreadThatWaitsToTryAgainEndsWhenStopped) {
  transport_.then(Error{ErrorCode::Unavailable, "connection refused"});
  informer_.start();
  clock_.await_waiters(1);
  informer_.stop();
  EXPECT_FALSE(store_.ready());
}

}  // namespace
}  // namespace sojourn::kube
