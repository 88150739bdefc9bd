#include "sojourn/api/json/session_json.h"

#include <gtest/gtest.h>

#include "sojourn/base/timestamp.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

Session expected_session() {
  Session session;
  session.meta.name = "notes";
  session.meta.namespace_ = "team-a";
  session.meta.uid = "5f0c1f7e-6a3b-4c0e-9a57-0d8f6b0b7c11";
  session.meta.resource_version = "48213";
  session.meta.generation = 3;
  session.meta.creation_timestamp = parse_timestamp("2026-01-02T03:04:05Z");
  session.meta.deletion_timestamp = parse_timestamp("2026-01-09T03:04:05Z");
  session.meta.labels = {{"app", "notes"}, {"sojourn.dev/team", "a"}};
  session.meta.annotations = {{"example.com/owner", "ada"}};
  session.meta.owner_references = {{.api_version = "batch/v1",
                                    .kind = "Job",
                                    .name = "nightly",
                                    .uid = "owner-1",
                                    .controller = true},
                                   {.api_version = "v1",
                                    .kind = "ConfigMap",
                                    .name = "extra",
                                    .uid = "owner-2",
                                    .controller = false}};
  session.spec = {.template_name = "assistant",
                  .desired_state = DesiredState::Stopped,
                  .mode = SessionMode::Task,
                  .display_name = "Notes of the week",
                  .prompt = "Sum up the notes: \"gr\u00f6\u00dfer\" \u2260 $(HOME)\n",
                  .context = "{\"week\": 3}",
                  .context_from = ConfigMapKey{.name = "weeks", .key = "3"},
                  .agents = {{.name = "writer",
                              .settings = {.model = "large",
                                           .config = {{"tone", "plain"}},
                                           .tools = {{"read"}},
                                           .temperature = {"0"},
                                           .max_output_tokens = 100}},
                             {.name = "critic", .settings = {}}},
                  .parameters = {{"BRANCH", "main"}, {"EMPTY", ""}},
                  .storage = StorageSpec{.size = "1073741824",
                                         .storage_class_name = "fast",
                                         .access_mode = "ReadWriteOnce",
                                         .mount_path = "/data",
                                         .retention = {.when_expired = RetentionPolicy::Delete,
                                                       .when_deleted = RetentionPolicy::Retain,
                                                       .retain_for_seconds = 604800}},
                  .existing_claim = "older-bbbbbbbbbb",
                  .ttl = {.after_idle_seconds = 7200,
                          .max_lifetime_seconds = 86400,
                          .delete_after_finished_seconds = 600},
                  .limits = {.active_deadline_seconds = 3600},
                  .start_timeout_seconds = 120,
                  .pod_retention_seconds = 900,
                  .retry_policy = {.limit = 5, .initial_seconds = 2, .max_seconds = 60},
                  .run_token = "second run"};
  return session;
}

SessionStatus expected_status() {
  SessionStatus status;
  status.observed_generation = 2;
  status.state = SessionState::Idle;
  status.state_since = parse_timestamp("2026-01-02T04:00:00Z");
  status.reason = "Stopped";
  status.message = "The Session is stopped; set spec.desiredState to Running to wake it.";
  status.outcome = Outcome::Completed;
  status.conditions = {{.type = "Ready",
                        .status = ConditionStatus::True,
                        .reason = "Suspended",
                        .message = "stopped as asked",
                        .last_transition_time = parse_timestamp("2026-01-02T04:00:00Z"),
                        .observed_generation = 2}};
  status.template_ =
      TemplateStatus{.name = "assistant", .generation = 7, .revision = "assistant-0123456789"};
  status.pod = PodRecord{
      .name = "notes-aaaaaaaaaa", .uid = "pod-1", .node = "node-1", .incarnation = "pod-1/agent=0"};
  status.volume = VolumeRecord{.claim_name = "notes-aaaaaaaaaa",
                               .claim_uid = "claim-1",
                               .volume_name = "pv-1",
                               .capacity = "1Gi",
                               .phase = "Bound",
                               .on_delete = "Retain",
                               .retain_until = parse_timestamp("2026-01-10T03:04:05Z")};
  status.attempts = 1;
  status.next_attempt_time = parse_timestamp("2026-01-02T04:00:10Z");
  status.expires_at = parse_timestamp("2026-01-03T03:04:05Z");
  status.start_time = parse_timestamp("2026-01-02T03:04:09Z");
  status.finish_time = parse_timestamp("2026-01-02T03:59:59Z");
  status.active_seconds = 3350;
  status.last_handled_run_token = "first run";
  status.transitions = {
      {parse_timestamp("2026-01-02T03:04:06Z"), std::nullopt, SessionState::Init, "Starting"},
      {parse_timestamp("2026-01-02T04:00:00Z"), SessionState::Ready, SessionState::Idle,
       "Stopped"}};
  return status;
}

TEST(SessionJson, ReadsEveryField) {
  const auto session = decode_session(read_golden("session.json"));
  ASSERT_TRUE(session) << session.error().message;
  Session expected = expected_session();
  expected.status = expected_status();
  EXPECT_EQ(session->meta, expected.meta);
  EXPECT_EQ(session->spec, expected.spec);
  EXPECT_EQ(session->status, expected.status);
}

TEST(SessionJson, WhatIsMissingOrNullIsUnset) {
  for (const auto* text :
       {R"({"metadata":{"name":"a"}})",
        R"({"metadata":{"name":"a","labels":null},"spec":null,"status":null})",
        R"({"metadata":{"name":"a"},"spec":{"storage":null,"ttl":{},"retryPolicy":{"limit":null}},
            "status":{"observedGeneration":-1,"pod":null,"conditions":null}})"}) {
    const auto session = decode_session(text);
    ASSERT_TRUE(session) << session.error().message;
    Session expected;
    expected.meta.name = "a";
    EXPECT_EQ(*session, expected) << text;
    EXPECT_EQ(session->status.observed_generation, -1);
  }
}

TEST(SessionJson, AnEmptyStorageStillAsksForAVolume) {
  const auto session = decode_session(R"({"metadata":{"name":"a"},"spec":{"storage":{}}})");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->spec.storage, StorageSpec{});
}

TEST(SessionJson, WordsOfANewerVersionAreUnknown) {
  const auto session = decode_session(
      R"({"metadata":{"name":"a"},
          "spec":{"desiredState":"Asleep","mode":"Batch","storage":{"retention":{"whenDeleted":"Archive"}}},
          "status":{"state":"HIBERNATED","outcome":"Stolen"}})");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->spec.desired_state, DesiredState::Unknown);
  EXPECT_EQ(session->spec.mode, SessionMode::Unknown);
  EXPECT_EQ(session->spec.storage->retention.when_deleted, RetentionPolicy::Unknown);
  EXPECT_EQ(session->status.state, SessionState::Unknown);
  EXPECT_EQ(session->status.outcome, Outcome::Unknown);
}

TEST(SessionJson, NumbersOutOfRangeAreRefusedByName) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"("startTimeoutSeconds":4294967296)", "spec.startTimeoutSeconds: is too large"},
      {R"("startTimeoutSeconds":1.5)", "spec.startTimeoutSeconds: expected an integer"},
      {R"("ttl":{"maxLifetimeSeconds":18446744073709551615})",
       "spec.ttl.maxLifetimeSeconds: is too large"},
      {R"("ttl":{"maxLifetimeSeconds":"60"})", "spec.ttl.maxLifetimeSeconds: expected an integer"},
      {R"("storage":{"size":1.5})", "spec.storage.size: expected a quantity"}};
  for (const auto& [member, message] : rows) {
    const auto session =
        decode_session(R"({"metadata":{"name":"a","namespace":"ns"},"spec":{)" + member + "}}");
    ASSERT_FALSE(session) << member;
    EXPECT_EQ(session.error().code, ErrorCode::Malformed);
    EXPECT_EQ(session.error().message, "decode Session ns/a: " + message);
  }
}

TEST(SessionJson, OnlyTheFirstProblemIsTold) {
  const auto session =
      decode_session(R"({"metadata":{"name":"a"},"spec":{"prompt":1,"mode":2,"ttl":3}})");
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().message, "decode Session a: spec.mode: expected a string");
}

}  // namespace
}  // namespace sojourn::api
