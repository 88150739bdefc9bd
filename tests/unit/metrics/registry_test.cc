#include "sojourn/metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fake/fake_clock.h"

namespace sojourn::metrics {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Registry, APageShowsEverySeriesWithItsHelpTypeAndLabels) {
  fake::FakeClock clock;
  Registry registry(clock);
  registry.counter({"turns_total", "Turns."}, {{"state", "READY"}}).add();
  registry.counter({"turns_total", "Turns."}, {{"state", "BUSY"}}).add(2.5);
  registry.gauge({"depth", "Depth."}, {}).set(7);
  registry.histogram({"seconds", "Seconds."}, {0.1, 1}, {}).observe(0.5);
  const auto page = registry.page();
  EXPECT_THAT(page, HasSubstr("# HELP turns_total Turns.\n# TYPE turns_total counter\n"));
  EXPECT_THAT(page, HasSubstr("turns_total{state=\"READY\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("turns_total{state=\"BUSY\"} 2.5\n"));
  EXPECT_THAT(page, HasSubstr("depth 7\n"));
  EXPECT_THAT(page, HasSubstr("seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("seconds_bucket{le=\"1\"} 1\n"));
}

TEST(Registry, TheSameNameAndLabelsAreOneSeriesAndItBeginsAtZero) {
  fake::FakeClock clock;
  Registry registry(clock);
  auto& first = registry.counter({"turns_total", "Turns."}, {{"a", "b"}});
  EXPECT_THAT(registry.page(), HasSubstr("turns_total{a=\"b\"} 0\n"));
  EXPECT_EQ(&first, &registry.counter({"turns_total", "Turns."}, {{"a", "b"}}));
  EXPECT_NE(&first, &registry.counter({"turns_total", "Turns."}, {{"a", "c"}}));
}

TEST(Registry, CollectorsRunBeforeEachPageAndMayMakeSeries) {
  fake::FakeClock clock;
  Registry registry(clock);
  int pages = 0;
  registry.on_collect([&] { registry.gauge({"pages", "Pages."}, {}).set(++pages); });
  EXPECT_THAT(registry.page(), HasSubstr("pages 1\n"));
  EXPECT_THAT(registry.page(), HasSubstr("pages 2\n"));
}

TEST(Registry, TellsAboutItsProcess) {
  fake::FakeClock clock;
  Registry registry(clock);
  const auto page = registry.page();
  EXPECT_THAT(page, ContainsRegex("process_resident_memory_bytes [1-9]"));
  EXPECT_THAT(page, ContainsRegex("process_open_fds [1-9]"));
  EXPECT_THAT(page, ContainsRegex("process_threads [1-9]"));
  EXPECT_THAT(page, HasSubstr("process_cpu_seconds_total "));
  EXPECT_THAT(page, HasSubstr("process_start_time_seconds 1767225600\n"));
  EXPECT_THAT(page, Not(HasSubstr("process_cpu_seconds_total 0\n")));
}

}  // namespace
}  // namespace sojourn::metrics
