#include "sojourn/base/log.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/fake/fake_clock.h"

namespace sojourn {
namespace {

TEST(Log, JsonLinesCarryTimeLevelLoggerMessageAndFields) {
  fake::FakeClock clock;
  std::ostringstream out;
  StreamLogSink sink(out, clock, LogFormat::Json, LogLevel::Info);
  const auto logger = Logger(sink, "controller").with({{"namespace", "a"}});
  logger.info("created the pod", {{"name", "b\"c"}});
  EXPECT_EQ(out.str(),
            "{\"ts\":\"2026-01-01T00:00:00.000000Z\",\"level\":\"info\",\"logger\":\"controller\","
            "\"msg\":\"created the pod\",\"namespace\":\"a\",\"name\":\"b\\\"c\"}\n");
}

TEST(Log, TextLinesStayOneLineWhateverTheMessage) {
  fake::FakeClock clock;
  std::ostringstream out;
  StreamLogSink sink(out, clock, LogFormat::Text, LogLevel::Info);
  Logger(sink, "main").warn("two\nlines", {{"err", "x"}});
  EXPECT_EQ(out.str(), "2026-01-01T00:00:00.000000Z warn main: \"two\\nlines\" err=\"x\"\n");
}

TEST(Log, LinesBelowTheLowestLevelAreNotWritten) {
  fake::FakeClock clock;
  std::ostringstream out;
  StreamLogSink sink(out, clock, LogFormat::Json, LogLevel::Info);
  Logger(sink, "main").debug("detail");
  EXPECT_EQ(out.str(), "");
}

TEST(Log, ALoggerWithoutASinkSaysNothing) {
  Logger().error("nobody hears");
}

}  // namespace
}  // namespace sojourn
