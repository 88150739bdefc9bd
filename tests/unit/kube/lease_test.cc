#include "sojourn/kube/lease.h"

#include <gtest/gtest.h>

namespace sojourn::kube {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const SteadyTime kNow = SteadyTime{} + hours(1);
const Time kWall{seconds(1'767'225'600)};

api::Lease held_by(const std::string& holder, int duration = 15) {
  auto lease = new_lease("ns", "l", holder, kWall);
  lease.lease_duration_seconds = duration;
  lease.meta.resource_version = "7";
  return lease;
}

struct Row {
  const char* name;
  std::optional<api::Lease> record;
  seconds unchanged_for;
  LeaseMove expected;
};

TEST(Lease, EverySightOfItHasItsMove) {
  const Row rows[] = {
      {"there is none", std::nullopt, seconds(0), LeaseMove::Create},
      {"ours", held_by("me"), seconds(0), LeaseMove::Renew},
      {"ours, long unchanged", held_by("me"), seconds(99), LeaseMove::Renew},
      {"released", held_by(""), seconds(0), LeaseMove::Take},
      {"another's", held_by("other"), seconds(0), LeaseMove::Wait},
      {"another's, nearly run out", held_by("other"), seconds(14), LeaseMove::Wait},
      {"another's, run out", held_by("other"), seconds(15), LeaseMove::Take},
      {"another's with its own duration", held_by("other", 60), seconds(59), LeaseMove::Wait},
      {"another's with no duration", held_by("other", 0), seconds(0), LeaseMove::Wait},
      {"another's with no duration, a second on", held_by("other", 0), seconds(1), LeaseMove::Take},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(decide({row.record, kNow - row.unchanged_for}, kNow, "me"), row.expected) << row.name;
  }
}

TEST(Lease, OnlyAChangeOfItsSpecIsASignOfLife) {
  auto seen = look({}, held_by("other"), kNow);
  EXPECT_EQ(seen.unchanged_since, kNow);
  auto annotated = held_by("other");
  annotated.meta.resource_version = "8";
  annotated.meta.annotations["x"] = "y";
  seen = look(seen, annotated, kNow + seconds(5));
  EXPECT_EQ(seen.unchanged_since, kNow);
  EXPECT_EQ(seen.record->meta.resource_version, "8");
  auto renewed = annotated;
  renewed.renew_time = kWall + seconds(2);
  seen = look(seen, renewed, kNow + seconds(6));
  EXPECT_EQ(seen.unchanged_since, kNow + seconds(6));
  seen = look(seen, std::nullopt, kNow + seconds(7));
  EXPECT_EQ(decide(seen, kNow + seconds(7), "me"), LeaseMove::Create);
}

TEST(Lease, AnothersClockDoesNotMatter) {
  auto lease = held_by("other");
  lease.renew_time = kWall - hours(1000);
  EXPECT_EQ(decide(look({}, lease, kNow), kNow, "me"), LeaseMove::Wait);
}

TEST(Lease, PatchesWriteWhatTheyMeanAndOnlyWhenNothingChanged) {
  auto record = held_by("other");
  record.lease_transitions = 4;
  EXPECT_EQ(
      take_patch(record, "me", kWall),
      R"({"metadata":{"resourceVersion":"7"},"spec":{"acquireTime":"2026-01-01T00:00:00.000000Z",)"
      R"("holderIdentity":"me","leaseDurationSeconds":15,"leaseTransitions":5,)"
      R"("renewTime":"2026-01-01T00:00:00.000000Z"}})");
  EXPECT_EQ(
      renew_patch(record, kWall),
      R"({"metadata":{"resourceVersion":"7"},"spec":{"renewTime":"2026-01-01T00:00:00.000000Z"}})");
  EXPECT_EQ(release_patch(record, kWall),
            R"({"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":"",)"
            R"("leaseDurationSeconds":1,"renewTime":"2026-01-01T00:00:00.000000Z"}})");
}

}  // namespace
}  // namespace sojourn::kube
