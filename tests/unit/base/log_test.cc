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

TEST(JsonQuoted, EscapesWhatJsonMustNotHoldAndReplacesInvalidUtf8) {
  struct Row {
    std::string_view raw;
    std::string_view expected;
  };
  const std::string_view nul("\0", 1);
  for (const auto& [raw, expected] :
       {Row{"plain", "\"plain\""}, Row{"\x01", "\"\\u0001\""}, Row{nul, "\"\\u0000\""},
        Row{"tab\t\\", "\"tab\\t\\\\\""}, Row{"\xC3\xA9", "\"\xC3\xA9\""},
        Row{"\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\""},
        Row{"\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        Row{"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        Row{"a\xE2\x82", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
        Row{"\xF4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}}) {
    EXPECT_EQ(json_quoted(raw), expected);
  }
}

}  // namespace
}  // namespace sojourn
