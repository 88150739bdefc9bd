#include "sojourn/base/json_quoted.h"

#include <gtest/gtest.h>

namespace sojourn {
namespace {

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
