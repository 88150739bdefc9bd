// What is read from protobuf is what is read from the JSON of the same object; tests/golden has
// both, the protobuf as the API server's own serializers write it.
#include <gtest/gtest.h>

#include "sojourn/api/json/api_status_json.h"
#include "sojourn/api/json/persistent_volume_claim_json.h"
#include "sojourn/api/json/pod_json.h"
#include "sojourn/api/json/pod_mounts_json.h"
#include "sojourn/api/protobuf/api_status_protobuf.h"
#include "sojourn/api/protobuf/envelope.h"
#include "sojourn/api/protobuf/persistent_volume_claim_protobuf.h"
#include "sojourn/api/protobuf/pod_protobuf.h"
#include "sojourn/base/random.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

TEST(Protobuf, APodReadsAsItsJsonDoes) {
  for (const std::string name : {"pod", "pod_mounting"}) {
    const auto pod = decode_pod_message(read_golden("protobuf/" + name + ".pb"));
    ASSERT_TRUE(pod) << pod.error().message;
    EXPECT_EQ(*pod, *decode_pod(read_golden(name + ".json"))) << name;
  }
}

TEST(Protobuf, TheClaimsOfAPodReadAsFromItsJson) {
  const auto pod = decode_pod_mounts_message(read_golden("protobuf/pod_mounting.pb"));
  ASSERT_TRUE(pod) << pod.error().message;
  const auto from_json = decode_pod_mounts(read_golden("pod_mounting.json"));
  EXPECT_EQ(pod->meta, from_json->meta);
  EXPECT_EQ(pod->claims, from_json->claims);
  EXPECT_EQ(pod->claims, (std::vector<std::string>{"notes-aaaaaaaaaa", "shared"}));
}

TEST(Protobuf, APodThatHasEndedUsesNoClaim) {
  const std::string spec =
      "\x0a\x09\x12\x07\x52\x05\x0a\x03"
      "abc";
  const std::string meta = "\x0a\x03\x0a\x01n";
  const auto pod_with_phase = [&](const std::string& phase) {
    const std::string status = "\x0a" + std::string(1, static_cast<char>(phase.size())) + phase;
    return meta + "\x12" + std::string(1, static_cast<char>(spec.size())) + spec + "\x1a" +
           std::string(1, static_cast<char>(status.size())) + status;
  };
  const auto running = decode_pod_mounts_message(pod_with_phase("Running"));
  ASSERT_TRUE(running) << running.error().message;
  EXPECT_EQ(running->claims, std::vector<std::string>{"abc"});
  EXPECT_TRUE(decode_pod_mounts_message(pod_with_phase("Succeeded"))->claims.empty());
  EXPECT_TRUE(decode_pod_mounts_message(pod_with_phase("Failed"))->claims.empty());
}

TEST(Protobuf, AClaimReadsAsItsJsonDoes) {
  const auto claim =
      decode_persistent_volume_claim_message(read_golden("protobuf/persistent_volume_claim.pb"));
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_EQ(*claim, *decode_persistent_volume_claim(read_golden("persistent_volume_claim.json")));
}

TEST(Protobuf, AStatusInItsEnvelopeReadsAsItsJsonDoes) {
  const std::string body = read_golden("protobuf/status_quota.pb");
  const auto envelope = open_envelope(body);
  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_EQ(envelope->kind, "Status");
  const auto status = decode_api_status_message(envelope->object);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(*status, *decode_api_status(read_golden("status_quota.json")));
}

TEST(Protobuf, AnObjectIsIdentifiedByItsBeginning) {
  const std::string pod = read_golden("protobuf/pod.pb");
  const ObjectMeta meta = identify_message(pod);
  EXPECT_EQ(meta.name, "notes-aaaaaaaaaa");
  EXPECT_EQ(meta.namespace_, "team-a");
  EXPECT_EQ(meta.resource_version, "900");
  EXPECT_EQ(identify_message(std::string_view(pod).substr(0, pod.size() / 2)).name, meta.name);
  EXPECT_EQ(identify_message("").name, "");
}

TEST(Protobuf, WhatIsNoMessageIsMalformedAndNamedAsFarAsItIsKnown) {
  const std::string pod = read_golden("protobuf/pod.pb");
  const auto cut = decode_pod_message(std::string_view(pod).substr(0, pod.size() - 1));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::Malformed);
  EXPECT_EQ(cut.error().message.substr(0, 36), "decode Pod team-a/notes-aaaaaaaaaa: ");
  EXPECT_EQ(decode_pod_message("").error().message, "decode Pod: metadata.name: is missing");
  // A number where the metadata should be.
  EXPECT_EQ(decode_pod_message("\x08\x01").error().code, ErrorCode::Malformed);
  EXPECT_EQ(open_envelope("{\"kind\":\"Pod\"}").error().code, ErrorCode::Malformed);
  EXPECT_EQ(decode_watch_event_message("").error().code, ErrorCode::Malformed);
}

TEST(Protobuf, DamagedMessagesAreNeverReadPastTheirEnd) {
  SeededRandom random(71);
  for (const std::string name : {"pod.pb", "persistent_volume_claim.pb", "status_quota.pb"}) {
    const std::string whole = read_golden("protobuf/" + name);
    for (int round = 0; round < 10'000; ++round) {
      // A copy of exactly its size: what lies behind it belongs to nobody.
      std::string text = whole.substr(0, 1 + random.next() % whole.size());
      for (auto flips = random.next() % 4; flips > 0; --flips) {
        text[random.next() % text.size()] = static_cast<char>(random.next());
      }
      const std::vector<char> message(text.begin(), text.end());
      const std::string_view view(message.data(), message.size());
      (void)decode_pod_message(view).ok();
      (void)decode_pod_mounts_message(view).ok();
      (void)decode_persistent_volume_claim_message(view).ok();
      (void)decode_api_status_message(view).ok();
      (void)decode_watch_event_message(view).ok();
      (void)open_envelope(view).ok();
      (void)identify_message(view);
    }
  }
}

}  // namespace
}  // namespace sojourn::api
