#include "sojourn/base/json_cursor.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace sojourn {
namespace {

// The value at the start of `text`, walked over; nothing when it does not fit.
std::optional<std::string_view> walked(std::string_view text, int max_depth = 64) {
  JsonCursor cursor(text);
  return cursor.skip_value(max_depth) ? std::optional(cursor.text_from(0)) : std::nullopt;
}

TEST(JsonCursor, WalksOverOneValueOfAnyKind) {
  for (const std::string value :
       {R"("a\"b")", "-1.5e3", "true", "{}", "[]", R"({"a":[1,{"b":"]}"}],"c":null})", " [1] "}) {
    EXPECT_EQ(walked(value + ",1"), value == " [1] " ? " [1]" : value);
  }
}

TEST(JsonCursor, GivesUpOnBracketsThatDoNotMatchAndOnTheEnd) {
  for (const char* text :
       {"", " ", "}", "]", ",", "{]", "[}", "{\"a\":[1}", "[", "\"a", "[\"a", "\"\\"}) {
    EXPECT_EQ(walked(text), std::nullopt) << text;
  }
}

TEST(JsonCursor, CountsTheDepth) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_EQ(walked(deep, 200), deep);
  EXPECT_EQ(walked(deep, 199), std::nullopt);
  EXPECT_EQ(walked("[]", 0), std::nullopt);
  EXPECT_EQ(walked("1", 0), "1");
}

TEST(JsonCursor, WalksTheMembersOfAnObject) {
  JsonCursor cursor(R"( { "a" : 1 , "b\"c":[2] } x)");
  std::vector<std::string> seen;
  EXPECT_TRUE(for_each_member(cursor, [&](std::string_view key) {
    seen.emplace_back(key);
    return cursor.skip_value(9);
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b\\\"c"}));
  EXPECT_EQ(cursor.peek(), 'x');
}

}  // namespace
}  // namespace sojourn
