#include "sojourn/base/timestamp.h"

#include <gtest/gtest.h>

namespace sojourn {
namespace {

TEST(Timestamp, RoundTripsTheFormsKubernetesWrites) {
  for (const auto* text : {"2026-01-02T03:04:05Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z",
                           "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"}) {
    const auto time = parse_timestamp(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_timestamp(*time), text);
  }
  EXPECT_EQ(format_micro_timestamp(*parse_timestamp("2026-01-02T03:04:05.000006Z")),
            "2026-01-02T03:04:05.000006Z");
}

TEST(Timestamp, ReadsOffsetsAndCutsLongFractions) {
  EXPECT_EQ(parse_timestamp("2026-01-02T05:04:05+02:00"), parse_timestamp("2026-01-02T03:04:05Z"));
  EXPECT_EQ(parse_timestamp("2026-01-01T23:34:05-03:30"), parse_timestamp("2026-01-02T03:04:05Z"));
  EXPECT_EQ(parse_timestamp("2026-01-02T03:04:05.1234567891Z"),
            parse_timestamp("2026-01-02T03:04:05.123456Z"));
}

TEST(Timestamp, RefusesWhatIsNoMoment) {
  for (const auto* text :
       {"", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-02T24:00:00Z",
        "2026-01-02T00:60:00Z", "2026-01-02T00:00:60Z", "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05+2:00", "-026-01-02T03:04:05Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(Timestamp, TruncationKeepsWholeSeconds) {
  EXPECT_EQ(format_micro_timestamp(truncate_to_seconds(*parse_timestamp("2026-01-02T03:04:05.9Z"))),
            "2026-01-02T03:04:05.000000Z");
}

}  // namespace
}  // namespace sojourn
