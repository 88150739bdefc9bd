#include "sojourn/metrics/registry.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sojourn/base/clock.h"
#include "tests/fake/fake_clock.h"

namespace sojourn::metrics {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// Where the name and labels of a sample end: name, or name{label="value",...} with escapes in the
// values. Nothing for what is neither.
std::optional<std::size_t> end_of_series(const std::string& line) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
  };
  std::size_t at = 0;
  const auto word = [&] {
    const std::size_t start = at;
    while (at < line.size() && in_word(line[at])) ++at;
    return at > start;
  };
  const auto literal = [&](std::string_view text) {
    const bool there = std::string_view(line).substr(at).starts_with(text);
    if (there) at += text.size();
    return there;
  };
  if (!word()) return std::nullopt;
  if (!literal("{")) return at;
  do {
    if (!word() || !literal("=\"")) return std::nullopt;
    while (at < line.size() && line[at] != '"') at += line[at] == '\\' ? 2 : 1;
    if (!literal("\"")) return std::nullopt;
  } while (literal(","));
  if (!literal("}")) return std::nullopt;
  return at;
}

// The samples of a page by name and labels; fails on a line that is neither sample nor comment.
std::map<std::string, double> samples_of(const std::string& page) {
  std::map<std::string, double> samples;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    const auto end = end_of_series(line);
    std::size_t used = 0;
    if (!end || line.substr(*end, 1) != " ") {
      ADD_FAILURE() << "no sample: " << line;
      continue;
    }
    const std::string value = line.substr(*end + 1);
    samples[line.substr(0, *end)] = std::stod(value, &used);
    EXPECT_EQ(used, value.size()) << line;
  }
  return samples;
}

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

TEST(Registry, LabelValuesCannotBreakThePage) {
  fake::FakeClock clock;
  Registry metrics(clock);
  metrics.counter({"a_total", "A."}, {{"x", "q\"b\\n\nz"}}).add();
  EXPECT_EQ(samples_of(metrics.page()).count(R"(a_total{x="q\"b\\n\nz"})"), 1u);
}

TEST(Registry, AnImpossibleNameIsCountedAndHarmless) {
  fake::FakeClock clock;
  Registry metrics(clock);
  metrics.counter({"not a name", "A."}, {}).add();
  metrics.gauge({"a", "A."}, {{"not a label", "x"}}).set(1);
  metrics.histogram({"h", "H."}, {3, 1}, {}).observe(1);
  (void)metrics.counter({"both", "B."}, {});
  metrics.gauge({"both", "B."}, {}).set(1);
  EXPECT_EQ(samples_of(metrics.page()).at("sojourn_metric_errors_total"), 4);
}

TEST(Registry, ManyThreadsLoseNothing) {
  fake::FakeClock clock;
  Registry metrics(clock);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&metrics, t] {
        for (int i = 0; i < 1000; ++i) {
          metrics.counter({"a_total", "A."}, {{"x", std::to_string((i + t) % 10)}}).add();
          if (i % 200 == 0) (void)metrics.page();
        }
      });
    }
  }
  double sum = 0;
  for (const auto& [name, value] : samples_of(metrics.page())) {
    if (name.starts_with("a_total")) sum += value;
  }
  EXPECT_EQ(sum, 4000);
}

TEST(Registry, CountingAndThePageAreCheap) {
  SystemClock clock;
  Registry metrics(clock);
  auto& counter = metrics.counter({"a_total", "A."}, {});
  const auto start = clock.steady_now();
  for (int i = 0; i < 100'000; ++i) counter.add();
  const auto counted = clock.steady_now();
  for (int i = 0; i < 2000; ++i) {
    metrics.gauge({"sessions", "S."}, {{"namespace", std::to_string(i)}}).set(1);
  }
  const auto registered = clock.steady_now();
  (void)metrics.page();
  // Two orders of magnitude above what is usual, so that only a wrong algorithm fails.
  EXPECT_LT(counted - start, std::chrono::milliseconds(500));
  EXPECT_LT(registered - counted, std::chrono::milliseconds(1000));
  EXPECT_LT(clock.steady_now() - registered, std::chrono::milliseconds(1000));
}

TEST(Registry, SeesTheProcessChange) {
  SystemClock clock;
  Registry metrics(clock);
  const auto before = samples_of(metrics.page());
  const int opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const std::jthread another([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  const auto after = samples_of(metrics.page());
  ::close(opened);
  EXPECT_EQ(after.at("process_open_fds"), before.at("process_open_fds") + 1);
  EXPECT_EQ(after.at("process_threads"), before.at("process_threads") + 1);
  EXPECT_GT(after.at("process_cpu_seconds_total"), before.at("process_cpu_seconds_total"));
}

}  // namespace
}  // namespace sojourn::metrics
