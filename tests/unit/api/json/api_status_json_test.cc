#include "sojourn/api/json/api_status_json.h"

#include <gtest/gtest.h>

#include "sojourn/api/json/object_header_json.h"
#include "sojourn/base/timestamp.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

TEST(ApiStatusJson, ReadsARefusalWithItsCauses) {
  const auto status = decode_api_status(read_golden("status_quota.json"));
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->code, 403);
  EXPECT_EQ(status->reason, "Forbidden");
  EXPECT_TRUE(status->message.starts_with("pods \"notes-aaaaaaaaaa\" is forbidden"));
  EXPECT_EQ(status->causes,
            (std::vector<std::string>{"NamespaceTerminating", "FieldValueInvalid"}));
  EXPECT_EQ(status->retry_after_seconds, 5);
}

TEST(ApiStatusJson, ReadsAStatusOfTheFewestMembers) {
  const auto status = decode_api_status(R"({"kind":"Status"})");
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(*status, ApiStatus{});
}

TEST(ApiStatusJson, RefusesWhatIsNoStatus) {
  for (const auto* text : {"", "<html>502 Bad Gateway</html>", "{}", R"({"kind":"Pod"})", "[]"}) {
    const auto status = decode_api_status(text);
    ASSERT_FALSE(status) << text;
    EXPECT_EQ(status.error().code, ErrorCode::Malformed);
  }
}

TEST(ObjectHeaderJson, ReadsABookmark) {
  const auto header = decode_object_header(
      R"({"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"1234","creationTimestamp":null,
          "annotations":{"k8s.io/initial-events-end":"true"}},"spec":{"containers":null}})");
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->kind, "Pod");
  EXPECT_EQ(header->api_version, "v1");
  EXPECT_EQ(header->meta.resource_version, "1234");
  EXPECT_EQ(lookup(header->meta.annotations, "k8s.io/initial-events-end"), "true");
  EXPECT_EQ(header->meta.creation_timestamp, std::nullopt);
}

TEST(ObjectHeaderJson, ReadsAnyKindAndNone) {
  const auto session = decode_object_header(read_golden("session.json"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->kind, "Session");
  EXPECT_EQ(session->meta.name, "notes");
  EXPECT_EQ(session->meta.deletion_timestamp, parse_timestamp("2026-01-09T03:04:05Z"));
  const auto nothing = decode_object_header("{}");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(*nothing, ObjectHeader{});
}

TEST(ObjectHeaderJson, NamesWhatIsWrong) {
  const auto header = decode_object_header(R"({"metadata":{"labels":{"a":1}}})");
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().message, "decode an object: metadata.labels.a: expected a string");
}

}  // namespace
}  // namespace sojourn::api
