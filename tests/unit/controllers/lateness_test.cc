#include "controllers/lateness.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/fake/counting_telemetry.h"

namespace sojourn::controllers {
namespace {

using domain::Deadline;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time kDue{seconds(1'767'225'600)};
constexpr auto* kLate = R"(sojourn_deadline_lateness_seconds{deadline="ttl.maxLifetimeSeconds"})";
constexpr auto* kEarly = R"(sojourn_deadlines_early_total{deadline="ttl.maxLifetimeSeconds"})";

TEST(Lateness, IsFromTheDeadlineToTheWrite) {
  fake::CountingTelemetry telemetry;
  Lateness lateness(telemetry);
  lateness.observe(Deadline::MaxLifetime, kDue, kDue + milliseconds(1'500));
  lateness.observe(Deadline::MaxLifetime, kDue, kDue);
  EXPECT_EQ(telemetry.value(kLate), 2);
  EXPECT_EQ(telemetry.sum(kLate), 1.5);
  EXPECT_EQ(telemetry.value(kEarly), 0);
}

TEST(Lateness, BelowZeroIsCountedApart) {
  fake::CountingTelemetry telemetry;
  Lateness lateness(telemetry);
  lateness.observe(Deadline::MaxLifetime, kDue, kDue - milliseconds(1));
  EXPECT_EQ(telemetry.value(kLate), 0);
  EXPECT_EQ(telemetry.sum(kLate), 0);
  EXPECT_EQ(telemetry.value(kEarly), 1);
}

// So that the first of its kind shows as an increase, and two rooms may count.
TEST(Lateness, HasASeriesForEachDeadlineFromTheBeginning) {
  fake::CountingTelemetry telemetry;
  Lateness first(telemetry);
  Lateness second(telemetry);
  for (const auto& [deadline, field] : domain::kDeadlines) {
    const auto labels = "{deadline=\"" + std::string(field) + "\"}";
    EXPECT_TRUE(telemetry.has("sojourn_deadlines_early_total" + labels)) << field;
    first.observe(deadline, kDue, kDue + seconds(1));
    second.observe(deadline, kDue, kDue + seconds(2));
    EXPECT_EQ(telemetry.sum("sojourn_deadline_lateness_seconds" + labels), 3) << field;
  }
}

}  // namespace
}  // namespace sojourn::controllers
