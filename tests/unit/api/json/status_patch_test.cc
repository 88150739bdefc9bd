// Status is written as a merge patch of what differs, so that members of a newer version survive.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sojourn/api/json/session_json.h"
#include "sojourn/api/json/session_template_json.h"
#include "sojourn/base/timestamp.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

using Json = nlohmann::json;

Session read_sample() {
  auto session = decode_session(read_golden("session.json"));
  EXPECT_TRUE(session) << session.error().message;
  return session ? *session : Session{};
}

// What the API server keeps after the patch.
SessionStatus status_after(const std::string& object, const std::string& patch) {
  Json json = Json::parse(object);
  Json changes = Json::parse(patch);
  changes.erase("metadata");
  json.merge_patch(changes);
  auto session = decode_session(json.dump());
  EXPECT_TRUE(session) << session.error().message;
  return session ? session->status : SessionStatus{};
}

TEST(StatusPatch, HoldsTheVersionItWasMadeForAndOnlyWhatDiffers) {
  const Session session = read_sample();
  SessionStatus wanted = session.status;
  wanted.state = SessionState::Ready;
  wanted.pod->incarnation = "pod-1/agent=1";
  expect_same_json(encode_status_patch(session.status, wanted, "48213"),
                   R"({"metadata":{"resourceVersion":"48213"},
                       "status":{"state":"READY","pod":{"incarnation":"pod-1/agent=1"}}})");
}

TEST(StatusPatch, NothingChangedIsAnEmptyStatus) {
  const Session session = read_sample();
  expect_same_json(encode_status_patch(session.status, session.status, "1"),
                   R"({"metadata":{"resourceVersion":"1"},"status":{}})");
}

TEST(StatusPatch, FromNothingItHoldsTheWholeStatus) {
  const Session session = read_sample();
  const auto patch = encode_status_patch({}, session.status, "1");
  EXPECT_EQ(Json::parse(patch)["status"], Json::parse(read_golden("session.json"))["status"]);
}

TEST(StatusPatch, ToNothingEveryMemberBecomesNull) {
  const Session session = read_sample();
  const auto patch = Json::parse(encode_status_patch(session.status, {}, "1"))["status"];
  const auto status = Json::parse(read_golden("session.json"))["status"];
  for (const auto& [key, value] : status.items()) {
    ASSERT_TRUE(patch.contains(key)) << key;
    EXPECT_EQ(patch[key], key == "observedGeneration" ? Json(-1) : Json(nullptr)) << key;
  }
}

TEST(StatusPatch, MembersOfANewerVersionSurvive) {
  Json object = Json::parse(read_golden("session.json"));
  object["status"]["usage"] = {{"steps", 12}};
  object["status"]["volume"]["encrypted"] = true;
  const auto session = decode_session(object.dump());
  ASSERT_TRUE(session) << session.error().message;
  SessionStatus wanted = session->status;
  wanted.volume->phase = "Lost";
  wanted.volume->capacity = "";
  wanted.pod.reset();
  Json patch = Json::parse(encode_status_patch(session->status, wanted, "1"));
  Json after = object;
  after.merge_patch(Json{{"status", patch["status"]}});
  EXPECT_EQ(after["status"]["usage"]["steps"], 12);
  EXPECT_EQ(after["status"]["volume"]["encrypted"], true);
  EXPECT_EQ(after["status"]["volume"]["phase"], "Lost");
  EXPECT_FALSE(after["status"]["volume"].contains("capacity"));
  EXPECT_FALSE(after["status"].contains("pod"));
}

TEST(StatusPatch, EveryChangeArrives) {
  const std::string object = read_golden("session.json");
  const SessionStatus before = read_sample().status;
  using Change = void (*)(SessionStatus&);
  const std::vector<Change> changes = {
      [](SessionStatus& s) { s.observed_generation = 3; },
      [](SessionStatus& s) { s.state.reset(); },
      [](SessionStatus& s) { s.state = SessionState::Error; },
      [](SessionStatus& s) { s.state_since = parse_timestamp("2027-01-01T00:00:00Z"); },
      [](SessionStatus& s) { s.reason.clear(); },
      [](SessionStatus& s) { s.message = "other"; },
      [](SessionStatus& s) { s.outcome.reset(); },
      [](SessionStatus& s) { s.outcome = Outcome::Expired; },
      [](SessionStatus& s) { s.conditions.clear(); },
      [](SessionStatus& s) { s.conditions[0].status = ConditionStatus::Unknown; },
      [](SessionStatus& s) { s.conditions.emplace_back(); },
      [](SessionStatus& s) { s.template_.reset(); },
      [](SessionStatus& s) { s.template_->generation = 8; },
      [](SessionStatus& s) { s.pod.reset(); },
      [](SessionStatus& s) { s.pod->node.clear(); },
      [](SessionStatus& s) { s.volume.reset(); },
      [](SessionStatus& s) { s.volume->on_delete = "Delete"; },
      [](SessionStatus& s) { s.volume->retain_until = Time{}; },
      [](SessionStatus& s) { s.attempts = 0; },
      [](SessionStatus& s) { s.attempts = 2; },
      [](SessionStatus& s) { s.next_attempt_time.reset(); },
      [](SessionStatus& s) { s.expires_at.reset(); },
      [](SessionStatus& s) { s.start_time.reset(); },
      [](SessionStatus& s) { s.active_seconds = 0; },
      [](SessionStatus& s) { s.active_seconds = 7; },
      [](SessionStatus& s) { s.last_handled_run_token.clear(); },
      [](SessionStatus& s) { s.last_handled_run_token = "third"; },
      [](SessionStatus& s) { s.transitions.clear(); },
      [](SessionStatus& s) { s.transitions.back().reason = "Paused"; },
      [](SessionStatus& s) { s.finish_time = parse_timestamp("2027-01-01T00:00:00Z"); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    SessionStatus wanted = before;
    changes[i](wanted);
    ASSERT_NE(wanted, before) << i;
    EXPECT_EQ(status_after(object, encode_status_patch(before, wanted, "1")), wanted) << i;
  }
}

TEST(StatusPatch, AConditionAlwaysHasReasonAndMessage) {
  SessionStatus wanted;
  wanted.conditions.resize(1);
  const auto patch = Json::parse(encode_status_patch({}, wanted, "1"));
  const auto& condition = patch["status"]["conditions"][0];
  EXPECT_EQ(condition["reason"], "");
  EXPECT_EQ(condition["message"], "");
  EXPECT_EQ(condition["observedGeneration"], 0);
}

TEST(StatusPatch, BytesThatAreNoTextAreReplaced) {
  SessionStatus wanted;
  wanted.message = "\xff";
  const auto patch = Json::parse(encode_status_patch({}, wanted, "1"));
  EXPECT_EQ(patch["status"]["message"], "\xEF\xBF\xBD");
}

TEST(StatusPatch, ATemplateIsPatchedByTheSameRules) {
  SessionTemplateStatus wanted;
  wanted.observed_generation = 7;
  wanted.conditions = {{.type = "Accepted",
                        .status = ConditionStatus::True,
                        .reason = "Accepted",
                        .message = "",
                        .last_transition_time = parse_timestamp("2026-01-02T03:04:05Z"),
                        .observed_generation = 7}};
  const auto patch = Json::parse(encode_status_patch(SessionTemplateStatus{}, wanted, "5"));
  EXPECT_EQ(patch["metadata"]["resourceVersion"], "5");
  EXPECT_EQ(patch["status"], Json::parse(read_golden("session_template.json"))["status"]);
  expect_same_json(encode_status_patch(wanted, SessionTemplateStatus{}, "5"),
                   R"({"metadata":{"resourceVersion":"5"},
                       "status":{"observedGeneration":-1,"conditions":null}})");
}

TEST(StatusPatch, AWordOfANewerVersionIsNeverWrittenBack) {
  SessionStatus before;
  before.state = SessionState::Unknown;
  before.outcome = Outcome::Unknown;
  before.reason = "Hibernating";
  auto wanted = before;
  wanted.observed_generation = 4;
  expect_same_json(encode_status_patch(before, wanted, "5"),
                   R"({"metadata":{"resourceVersion":"5"},"status":{"observedGeneration":4}})");
}

}  // namespace
}  // namespace sojourn::api
