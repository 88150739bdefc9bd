// What the contract suite cannot see: faults, holding watches, blocking watches, backups.
#include "tests/fake/api_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/fake/api_server/answers.h"
#include "tests/fake/api_server/crd.h"
#include "tests/fake/api_user.h"
#include "tests/fake/fake_clock.h"

namespace sojourn::fake {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

json session(const std::string& name) {
  return {{"apiVersion", "sojourn.dev/v1alpha1"},
          {"kind", "Session"},
          {"metadata", {{"name", name}, {"namespace", "a"}}},
          {"spec", {{"templateRef", {{"name", "t"}}}}}};
}

class ApiServerTest : public ::testing::Test {
 protected:
  explicit ApiServerTest(bool watches_block = false, std::size_t most_changes = 0)
      : server_(clock_, random_,
                {.crd_directory = SOJOURN_CRD_DIR,
                 .watches_block = watches_block,
                 .most_changes = most_changes}) {
    others_.create({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "a"}}}});
  }

  kube::Request create(const std::string& name) const {
    auto request = ApiUser::request(kube::Method::Post, "sessions", "a");
    request.content_type = "application/json";
    request.body = session(name).dump();
    return request;
  }
  kube::Request watch(const std::string& version) const {
    return ApiUser::request(kube::Method::Get, "sessions", "a", "", "",
                            {{"watch", "true"}, {"resourceVersion", version}});
  }
  ErrorCode error_of(const kube::Request& request) {
    const auto response = server_.send(request, {});
    return response ? ErrorCode::Internal : response.error().code;
  }
  bool exists(const std::string& name) const {
    return server_.get("sessions", "a", name).has_value();
  }
  std::string now() const { return std::to_string(server_.version()); }
  // All bytes of a watch that ends by itself, and how it ended.
  std::string read(const std::string& version, std::optional<Error>* error = nullptr) {
    std::string bytes;
    const auto response = server_.stream(watch(version),
                                         [&](std::string_view chunk) {
                                           bytes += chunk;
                                           return Result<void>();
                                         },
                                         {});
    if (error != nullptr && !response) *error = response.error();
    return bytes;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  ApiServer server_;
  ApiUser others_{server_.others()};
};

TEST_F(ApiServerTest, RecordsWhatComesThroughTheTransportAndNothingElse) {
  others_.create(session("theirs"));
  ApiUser mine(server_);
  mine.create(session("mine"));
  mine.create(session("mine"));
  mine.get("sessions", "a", "mine");
  mine.patch("sessions", "a", "mine", {{"status", {{"state", "INIT"}}}}, "status");
  mine.remove("sessions", "a", "mine");
  EXPECT_THAT(server_.writes(),
              ElementsAre("create sessions a/mine", "create sessions a/mine: 409",
                          "patch sessions/status a/mine", "delete sessions a/mine"));
  EXPECT_EQ(server_.records().size(), 5U);
  server_.forget_records();
  EXPECT_TRUE(server_.records().empty());
}

TEST_F(ApiServerTest, ACallLostBeforeTheServerIsNotCarriedOut) {
  server_.decide_fate([](const Call&) { return Fate::LostBefore; });
  EXPECT_EQ(error_of(create("s")), ErrorCode::Unavailable);
  EXPECT_FALSE(exists("s"));
  EXPECT_THAT(server_.writes(), ElementsAre("create sessions a/s: lost"));
}

TEST_F(ApiServerTest, ACallWhoseAnswerIsLostIsCarriedOut) {
  server_.decide_fate([](const Call&) { return Fate::LostAfter; });
  EXPECT_EQ(error_of(create("s")), ErrorCode::Unavailable);
  EXPECT_TRUE(exists("s"));
}

TEST_F(ApiServerTest, ACallPutOffIsCarriedOutWhenTheTestSaysSo) {
  server_.decide_fate([](const Call&) { return Fate::CarriedOutLater; });
  EXPECT_EQ(error_of(create("s")), ErrorCode::DeadlineExceeded);
  EXPECT_FALSE(exists("s"));
  EXPECT_EQ(server_.carry_out_late(), 1U);
  EXPECT_TRUE(exists("s"));
  EXPECT_EQ(server_.carry_out_late(), 0U);
}

TEST_F(ApiServerTest, ACallDeliveredTwiceIsAnsweredByTheSecond) {
  server_.decide_fate(
      [](const Call& call) { return call.is_write() ? Fate::DeliveredTwice : Fate::Delivered; });
  EXPECT_EQ(server_.send(create("s"), {})->status, 409);
  EXPECT_TRUE(exists("s"));
}

TEST_F(ApiServerTest, ARefusalIsAnsweredInPlaceOfTheServer) {
  server_.refuse_with([](const Call& call) -> std::optional<kube::Response> {
    if (call.verb != "create" || call.name != "s") return std::nullopt;
    return forbidden(*call.kind, call.name, "exceeded quota: q");
  });
  EXPECT_EQ(server_.send(create("s"), {})->status, 403);
  EXPECT_EQ(server_.send(create("t"), {})->status, 201);
  EXPECT_THAT(server_.writes(), ElementsAre("create sessions a/s: 403", "create sessions a/t"));
}

TEST_F(ApiServerTest, AWatchThatBreaksOffEndsWithinALine) {
  const std::string from = now();
  others_.create(session("s"));
  server_.decide_fate([](const Call&) { return Fate::LostAfter; });
  std::optional<Error> error;
  const std::string bytes = read(from, &error);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::Unavailable);
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(bytes.find('\n'), std::string::npos);
}

TEST_F(ApiServerTest, AHeldKindTellsNothingUntilItIsReleased) {
  const std::string from = now();
  server_.hold_watches("sessions");
  others_.create(session("s"));
  EXPECT_EQ(read(from), "");
  server_.release_watches("sessions");
  EXPECT_NE(read(from).find("ADDED"), std::string::npos);
}

TEST_F(ApiServerTest, LinesCanComeTwice) {
  const std::string from = now();
  others_.create(session("s"));
  const std::string once = read(from);
  server_.repeat_lines(true);
  EXPECT_EQ(read(from), once + once);
}

TEST_F(ApiServerTest, AfterACompactionOldWatchesAndPagesAreGone) {
  const std::string from = now();
  others_.create(session("s"));
  others_.create(session("t"));
  const auto page = others_.list("sessions", "a", {{"limit", "1"}}).body;
  others_.create(session("u"));
  server_.compact();
  EXPECT_NE(read(from).find("\"code\":410"), std::string::npos);
  const std::string token = page.at("metadata").at("continue");
  const auto answer = others_.list("sessions", "a", {{"limit", "1"}, {"continue", token}});
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.reason(), "Expired");
}

class ForgetfulServerTest : public ApiServerTest {
 protected:
  ForgetfulServerTest() : ApiServerTest(false, 2) {}
};

TEST_F(ForgetfulServerTest, TellsItsLastChangesAndThatThoseBeforeAreGone) {
  const std::string from = now();
  others_.create(session("s"));
  others_.create(session("t"));
  const std::string both = read(from);
  EXPECT_NE(both.find("\"name\":\"s\""), std::string::npos);
  EXPECT_NE(both.find("\"name\":\"t\""), std::string::npos);
  others_.create(session("u"));
  EXPECT_NE(read(from).find("\"code\":410"), std::string::npos);
}

TEST_F(ApiServerTest, ARestoredBackupTurnsObjectsAndVersionsBack) {
  const auto backup = server_.backup();
  const std::string before = now();
  others_.create(session("s"));
  const std::string after = now();
  server_.restore(backup);
  EXPECT_FALSE(exists("s"));
  EXPECT_EQ(now(), before);
  EXPECT_EQ(
      server_.stream(watch(after), [](std::string_view) { return Result<void>(); }, {})->status,
      504);
}

TEST_F(ApiServerTest, BodiesOfStreamsComeInPieces) {
  others_.create(session("s"));
  others_.create(session("t"));
  others_.create(session("u"));
  std::size_t longest = 0;
  std::string bytes;
  const auto whole = server_.send(ApiUser::request(kube::Method::Get, "sessions", "a"), {});
  const auto response = server_.stream(ApiUser::request(kube::Method::Get, "sessions", "a"),
                                       [&](std::string_view chunk) {
                                         longest = std::max(longest, chunk.size());
                                         bytes += chunk;
                                         return Result<void>();
                                       },
                                       {});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(bytes, whole->body);
  EXPECT_LE(longest, 1400U);
  EXPECT_GT(bytes.size(), 1400U);
}

class BlockingWatchTest : public ApiServerTest {
 protected:
  BlockingWatchTest() : ApiServerTest(true) {}

  // Starts a watch from now on another thread.
  void start(const std::string& parameters = "") {
    auto request = watch(now());
    request.target += parameters;
    request.deadline = seconds(150);
    reader_ = std::jthread([this, request](std::stop_token stop) {
      auto response = server_.stream(
          request,
          [this](std::string_view chunk) {
            const std::lock_guard lock(mutex_);
            bytes_ += chunk;
            changed_.notify_all();
            return Result<void>();
          },
          stop);
      outcome_ = response ? "end" : std::string(to_string(response.error().code));
    });
    clock_.await_waiters(1);
  }
  void await(std::string_view text) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return bytes_.find(text) != std::string::npos; });
  }
  std::string outcome() {
    reader_.join();
    return outcome_;
  }

  std::mutex mutex_;  // guards bytes_
  std::condition_variable changed_;
  std::string bytes_;
  std::string outcome_;  // after the reader was joined
  std::jthread reader_;
};

TEST_F(BlockingWatchTest, TellsAChangeWhenItHappens) {
  start();
  others_.create(session("s"));
  await("ADDED");
  reader_.request_stop();
  EXPECT_EQ(outcome(), to_string(ErrorCode::Cancelled));
}

TEST_F(BlockingWatchTest, SendsABookmarkAMinuteAndEndsInTime) {
  start("&allowWatchBookmarks=true&timeoutSeconds=90");
  clock_.advance(seconds(60));
  await("BOOKMARK");
  clock_.advance(seconds(30));
  EXPECT_EQ(outcome(), "end");
}

TEST_F(BlockingWatchTest, IsGivenUpWhenItStaysSilent) {
  server_.hold_watches("sessions");
  start("&allowWatchBookmarks=true");
  others_.create(session("s"));
  clock_.advance(seconds(150));
  EXPECT_EQ(outcome(), to_string(ErrorCode::DeadlineExceeded));
  EXPECT_EQ(bytes_, "");
}

TEST_F(BlockingWatchTest, CanBeCut) {
  start();
  server_.cut_watches();
  EXPECT_EQ(outcome(), to_string(ErrorCode::Unavailable));
}

// A new rule must be enforced by the fake or be added here, so that nobody takes it for enforced.
TEST(CrdRules, TheRulesOfASessionThatAreNotEnforcedAreThese) {
  const auto crd = Crd::load(std::filesystem::path(SOJOURN_CRD_DIR) / "sessions.yaml");
  std::vector<std::string> beginnings;
  for (const auto& rule : crd.unenforced_rules()) beginnings.push_back(rule.substr(0, 28));
  EXPECT_THAT(beginnings,
              UnorderedElementsAre("!format.dns1123Subdomain().v", "!format.dns1123Subdomain().v",
                                   "!format.dns1123Subdomain().v", "!self.matches('[[:cntrl:]]')",
                                   "!self.matches('[[:cntrl:]]')", "size(bytes(self)) <= 16384",
                                   "size(bytes(self)) <= 16384", "size(bytes(self)) <= 65536",
                                   "type(self) == int ? self > 0", "self == '' || !format.dns112",
                                   "self.matches('^(/[^/:]+)+$')", "!['/sojourn', '/proc', '/sys"));
}

}  // namespace
}  // namespace sojourn::fake
