#include "sojourn/kube/client.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

using std::chrono::seconds;

class ClientTest : public testing::Test {
 protected:
  fake::ScriptedTransport transport_;
  fake::FakeClock clock_;
  Client client_{transport_, clock_};
  const ObjectKey key_{"a", "t1"};
};

TEST_F(ClientTest, GetDecodesTheObject) {
  transport_.then(200, thing_json("t1", 7, "3"));
  const auto thing = client_.get<Thing>(key_, {});
  ASSERT_TRUE(thing.ok());
  EXPECT_EQ(*thing, make_thing("t1", 7, 3));
  EXPECT_EQ(transport_.last().target, "/apis/tests.dev/v1/namespaces/a/things/t1");
}

TEST_F(ClientTest, CreateSendsTheWholeObjectAndGivesBackWhatTheServerMade) {
  transport_.then(201, thing_json("t1", 9, "4"));
  const auto made = client_.create(make_thing("t1", 0, 4), {});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->meta.resource_version, "9");
  EXPECT_EQ(transport_.last().method, Method::Post);
  EXPECT_EQ(transport_.last().body, R"({"apiVersion":"tests.dev/v1","kind":"Thing",)"
                                    R"("metadata":{"name":"t1","namespace":"a"},"size":4})");
}

TEST_F(ClientTest, PatchesGoToTheObjectAndToItsStatus) {
  transport_.then(200, thing_json("t1", 8));
  transport_.then(200, thing_json("t1", 9));
  EXPECT_TRUE(client_.patch<Thing>(key_, "{}", {}).ok());
  EXPECT_TRUE(client_.patch_status<Thing>(key_, "{}", {}).ok());
  EXPECT_EQ(transport_.requests()[0].target,
            "/apis/tests.dev/v1/namespaces/a/things/t1?fieldManager=sojourn-operator");
  EXPECT_EQ(transport_.requests()[1].target,
            "/apis/tests.dev/v1/namespaces/a/things/t1/status?fieldManager=sojourn-operator");
}

TEST_F(ClientTest, RemoveTellsWhetherTheObjectLingers) {
  transport_.then(200, R"({"kind":"Status","status":"Success"})");
  transport_.then(200, thing_json("t1", 12));
  const auto gone = client_.remove<Thing>(key_, {}, {});
  ASSERT_TRUE(gone.ok());
  EXPECT_FALSE(gone->has_value());
  const auto lingers = client_.remove<Thing>(key_, {}, {});
  ASSERT_TRUE(lingers.ok());
  ASSERT_TRUE(lingers->has_value());
  EXPECT_EQ((*lingers)->meta.resource_version, "12");
}

struct Refusal {
  int status;
  std::string body;
  ErrorCode code;
  std::string reason;
  std::optional<seconds> retry_after = {};
};

TEST_F(ClientTest, EveryRefusalOfTheServerHasItsCode) {
  const std::string quota = status_json(403, "Forbidden", "pods is forbidden: exceeded quota: q");
  const std::string terminating =
      R"({"kind":"Status","message":"m","reason":"Forbidden","code":403,)"
      R"("details":{"causes":[{"reason":"NamespaceTerminating"}]}})";
  const Refusal rows[] = {
      {400, status_json(400, "BadRequest", "m"), ErrorCode::Invalid, "BadRequest"},
      {401, status_json(401, "Unauthorized", "m"), ErrorCode::Unauthorized, "Unauthorized"},
      {403, quota, ErrorCode::Forbidden, "Forbidden"},
      {403, terminating, ErrorCode::Forbidden, "NamespaceTerminating"},
      {404, status_json(404, "NotFound", "m"), ErrorCode::NotFound, "NotFound"},
      {409, status_json(409, "AlreadyExists", "m"), ErrorCode::AlreadyExists, "AlreadyExists"},
      {409, status_json(409, "Conflict", "m"), ErrorCode::Conflict, "Conflict"},
      {410, status_json(410, "Expired", "m"), ErrorCode::Gone, "Expired"},
      {413, "", ErrorCode::TooLarge, ""},
      {422, status_json(422, "Invalid", "m"), ErrorCode::Invalid, "Invalid"},
      {429, status_json(429, "TooManyRequests", "m"), ErrorCode::TooManyRequests, "TooManyRequests",
       seconds(7)},
      {500, "<html>oops", ErrorCode::Unavailable, ""},
      {503, "", ErrorCode::Unavailable, ""},
      {503, "", ErrorCode::TooManyRequests, "", seconds(9)},
      {504, status_json(504, "Timeout", "m"), ErrorCode::DeadlineExceeded, "Timeout"},
      {301, "", ErrorCode::Invalid, ""},
  };
  for (const auto& row : rows) {
    transport_.then({.status = row.status, .chunks = {row.body}, .retry_after = row.retry_after});
    const auto result = client_.patch<Thing>(key_, "{}", {});
    ASSERT_FALSE(result.ok()) << row.status;
    EXPECT_EQ(result.error().code, row.code) << row.status << " " << row.body;
    EXPECT_EQ(result.error().reason, row.reason) << row.status;
    EXPECT_EQ(result.error().retry_after, row.retry_after) << row.status;
    EXPECT_EQ(result.error().message.rfind("patch Thing a/t1: ", 0), 0U) << result.error().message;
  }
}

// S37: it is gone, and what is asked for there goes or went with it.
TEST_F(ClientTest, ACreateThatFindsNothingHasNoNamespaceLeft) {
  transport_.then(404, status_json(404, "NotFound", "namespaces a not found"));
  const auto made = client_.create(make_thing("t1", 0), {});
  EXPECT_EQ(made.error().code, ErrorCode::NotFound);
  EXPECT_EQ(made.error().reason, "NamespaceTerminating");
  transport_.then(404, "404 page not found");
  EXPECT_EQ(client_.create(make_thing("t1", 0), {}).error().reason, "")
      << "the kind is not served, perhaps not yet";
  transport_.then(404, status_json(404, "NotFound", "m"));
  EXPECT_EQ(client_.get<Thing>(key_, {}).error().reason, "NotFound");
}

TEST_F(ClientTest, AnErrorNamesTheCallAndCarriesTheServersWords) {
  transport_.then(403, status_json(403, "Forbidden", "exceeded quota: q"));
  EXPECT_EQ(client_.create(make_thing("t1", 0), {}).error().message,
            "create Thing a/t1: exceeded quota: q");
  transport_.then(500, "<html>");
  EXPECT_EQ(client_.patch_status<Thing>(key_, "{}", {}).error().message,
            "patch the status of Thing a/t1: the API server answered with HTTP status 500");
  transport_.then(200, thing_json("t1", 1, "\"big\""));
  EXPECT_EQ(client_.get<Thing>(key_, {}).error().message, "get Thing a/t1: size: not a number");
}

TEST_F(ClientTest, AReadToldToWaitShortlyWaitsAndTriesAgain) {
  transport_.then({.status = 429, .retry_after = seconds(1)});
  transport_.then(200, thing_json("t1", 7));
  std::jthread server([&] {
    clock_.await_waiters(1);
    EXPECT_EQ(transport_.requests().size(), 1U);
    clock_.advance(seconds(1));
  });
  EXPECT_TRUE(client_.get<Thing>(key_, {}).ok());
  EXPECT_EQ(transport_.requests().size(), 2U);
}

TEST_F(ClientTest, AReadToldToWaitLongLeavesTheWaitToItsCaller) {
  transport_.then({.status = 429, .retry_after = seconds(3)});
  EXPECT_EQ(client_.get<Thing>(key_, {}).error().retry_after, seconds(3));
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(ClientTest, AWriteIsNeverSentTwice) {
  transport_.then({.status = 429, .retry_after = seconds(1)});
  EXPECT_FALSE(client_.patch<Thing>(key_, "{}", {}).ok());
  transport_.then(Error{ErrorCode::Unavailable, "connection lost"});
  EXPECT_FALSE(client_.create(make_thing("t1", 0), {}).ok());
  EXPECT_EQ(transport_.requests().size(), 2U);
}

TEST_F(ClientTest, AListGivesItsItemsAndTheTokenOfTheNextPage) {
  transport_.then({.chunks = {R"({"kind":"ThingList","items":[)" + thing_json("t1", 3),
                              "," + thing_json("t2", 4) + "]",
                              R"(,"metadata":{"resourceVersion":"9","continue":"more"}})"}});
  const auto page = client_.list<Thing>({"a"}, {}, {});
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_EQ(page->items, (std::vector{make_thing("t1", 3), make_thing("t2", 4)}));
  EXPECT_EQ(page->continue_, "more");
  EXPECT_EQ(page->resource_version, "9");
}

TEST_F(ClientTest, AListWithABadItemNamesIt) {
  transport_.then(200, R"({"metadata":{},"items":[)" + thing_json("bad", 3, "true") + "]}");
  EXPECT_EQ(client_.list<Thing>({"a"}, {}, {}).error().message,
            "list Thing in a: a/bad: size: not a number");
}

}  // namespace
}  // namespace sojourn::kube
