// The small kinds that the operator makes: claims, revisions, Leases and Events.
#include <gtest/gtest.h>

#include "sojourn/api/json/controller_revision_json.h"
#include "sojourn/api/json/event_json.h"
#include "sojourn/api/json/lease_json.h"
#include "sojourn/api/json/persistent_volume_claim_json.h"
#include "sojourn/api/json/pod_mounts_json.h"
#include "sojourn/base/timestamp.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

TEST(ClaimJson, ReadsABoundClaimAndOnlyItsOwnLabels) {
  const auto claim = decode_persistent_volume_claim(read_golden("persistent_volume_claim.json"));
  ASSERT_TRUE(claim) << claim.error().message;
  PersistentVolumeClaim expected;
  expected.meta.name = "notes-aaaaaaaaaa";
  expected.meta.namespace_ = "team-a";
  expected.meta.uid = "claim-1";
  expected.meta.resource_version = "77";
  expected.meta.creation_timestamp = parse_timestamp("2026-01-02T03:04:05Z");
  expected.meta.labels = {{"sojourn.dev/session", "notes"}};
  expected.access_modes = {"ReadWriteOncePod"};
  expected.requested_size = "1Gi";
  expected.storage_class_name = "fast";
  expected.volume_name = "pv-1";
  expected.phase = ClaimPhase::Bound;
  expected.capacity = "2Gi";
  EXPECT_EQ(*claim, expected);
}

TEST(ClaimJson, WritesAWholeClaimThatReadsBackTheSame) {
  PersistentVolumeClaim claim;
  claim.meta.name = "notes-aaaaaaaaaa";
  claim.meta.namespace_ = "team-a";
  claim.meta.labels = {{"sojourn.dev/session", "notes"}};
  claim.access_modes = {"ReadWriteOncePod"};
  claim.requested_size = "1Gi";
  claim.storage_class_name = "";  // no class, which is not the default class
  const std::string text = encode_persistent_volume_claim(claim);
  expect_same_json(text, read_golden("persistent_volume_claim_created.json"));
  const auto again = decode_persistent_volume_claim(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, claim);
}

TEST(ClaimJson, APatchOfItsMetadataNamesOnlyWhatChanges) {
  MetadataPatch changes;
  EXPECT_TRUE(changes.empty());
  expect_same_json(encode_metadata_patch(changes, "7"), R"({"metadata":{"resourceVersion":"7"}})");
  changes.labels = {{"sojourn.dev/retained", "true"}, {"sojourn.dev/gone", std::nullopt}};
  changes.annotations = {{"sojourn.dev/retain-until", std::nullopt}};
  changes.owner_references = std::vector<OwnerReference>{};
  EXPECT_FALSE(changes.empty());
  expect_same_json(encode_metadata_patch(changes, "7"),
                   R"({"metadata":{"resourceVersion":"7","ownerReferences":null,
                       "labels":{"sojourn.dev/retained":"true","sojourn.dev/gone":null},
                       "annotations":{"sojourn.dev/retain-until":null}}})");
  changes = {};
  changes.owner_references = {{"sojourn.dev/v1alpha1", "Session", "chat", "uid-1", false}};
  expect_same_json(encode_metadata_patch(changes, "8"),
                   R"({"metadata":{"resourceVersion":"8","ownerReferences":[
                       {"apiVersion":"sojourn.dev/v1alpha1","kind":"Session","name":"chat",
                        "uid":"uid-1"}]}})");
}

TEST(PodMountsJson, NamesTheClaimsOfAPodThatHasNotEnded) {
  const auto of_phase = [](const std::string& phase) {
    return decode_pod_mounts(R"({"kind":"Pod","metadata":{"name":"p"},"status":{"phase":")" +
                             phase +
                             R"("},"spec":{"volumes":[{"name":"a","emptyDir":{}},
            {"name":"b","persistentVolumeClaim":{"claimName":"one"}},
            {"name":"c","persistentVolumeClaim":{"claimName":"two","readOnly":true}}]}})");
  };
  for (const char* phase : {"Pending", "Running", "Unknown"}) {
    const auto pod = of_phase(phase);
    ASSERT_TRUE(pod) << pod.error().message;
    EXPECT_EQ(pod->claims, (std::vector<std::string>{"one", "two"})) << phase;
  }
  for (const char* phase : {"Succeeded", "Failed"}) EXPECT_TRUE(of_phase(phase)->claims.empty());
  EXPECT_FALSE(decode_pod_mounts(R"({"kind":"Pod","metadata":{"name":"p"},
                                     "spec":{"volumes":"none"}})"));
}

TEST(ClaimJson, AClaimWithoutAClassAsksForTheDefaultOne) {
  PersistentVolumeClaim claim;
  claim.meta.name = "c";
  expect_same_json(
      encode_persistent_volume_claim(claim),
      R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{}})");
}

TEST(RevisionJson, KeepsTheDataAsCanonicalText) {
  const auto revision = decode_controller_revision(read_golden("controller_revision.json"));
  ASSERT_TRUE(revision) << revision.error().message;
  EXPECT_EQ(revision->data.text, R"({"agents":[{"name":"writer"}],"reporting":{"mode":"None"}})");
  EXPECT_EQ(revision->revision, 7);
  const auto text = encode_controller_revision(*revision);
  ASSERT_TRUE(text) << text.error().message;
  expect_same_json(*text, read_golden("controller_revision.json"));
}

TEST(RevisionJson, DataThatIsNoObjectIsOurOwnMistake) {
  for (const auto* data : {"", "{", "[]", "1"}) {
    ControllerRevision revision;
    revision.meta.name = "r";
    revision.data.text = data;
    const auto text = encode_controller_revision(revision);
    ASSERT_FALSE(text) << data;
    EXPECT_EQ(text.error().code, ErrorCode::Internal);
    EXPECT_TRUE(text.error().message.starts_with("encode ControllerRevision r: data: "))
        << text.error().message;
  }
}

TEST(LeaseJson, RoundTripsWithMicroseconds) {
  const auto lease = decode_lease(read_golden("lease.json"));
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(lease->holder_identity, "host_3b1f");
  EXPECT_EQ(lease->lease_duration_seconds, 15);
  EXPECT_EQ(lease->acquire_time, parse_timestamp("2026-01-02T03:04:05.000006Z"));
  EXPECT_EQ(lease->renew_time, parse_timestamp("2026-01-02T03:04:07.123456Z"));
  EXPECT_EQ(lease->lease_transitions, 4);
  expect_same_json(encode_lease(*lease), read_golden("lease.json"));
}

TEST(LeaseJson, AReleasedLeaseNamesNobodyAndNoDuration) {
  Lease lease;
  lease.meta.name = "l";
  expect_same_json(encode_lease(lease),
                   R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},
                       "spec":{"holderIdentity":"","leaseTransitions":0}})");
}

Event sample_event() {
  Event event;
  event.meta.name = "notes.17a";
  event.meta.namespace_ = "team-a";
  event.event_time = *parse_timestamp("2026-01-02T03:04:05.000006Z");
  event.type = EventType::Warning;
  event.reason = "ImagePull";
  event.action = "Start";
  event.note = "The image cannot be pulled.";
  event.regarding = {.api_version = "sojourn.dev/v1alpha1",
                     .kind = "Session",
                     .namespace_ = "team-a",
                     .name = "notes",
                     .uid = "session-1",
                     .resource_version = "900"};
  event.reporting_controller = "sojourn.dev/operator";
  event.reporting_instance = "host_3b1f";
  return event;
}

TEST(EventJson, WritesASeriesWithItsLastMoment) {
  Event event = sample_event();
  event.series_count = 3;
  event.series_last_observed = parse_timestamp("2026-01-02T03:05:05Z");
  expect_same_json(encode_event(event), read_golden("event_created.json"));
}

TEST(EventJson, ASingleEventHasNoSeries) {
  EXPECT_EQ(encode_event(sample_event()).find("series"), std::string::npos);
}

TEST(EventJson, BytesThatAreNoTextAreReplaced) {
  Event event = sample_event();
  event.note = "broken \xff byte";
  EXPECT_NE(encode_event(event).find("broken \xEF\xBF\xBD byte"), std::string::npos);
}

}  // namespace
}  // namespace sojourn::api
