#include "sojourn/kube/json_scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "sojourn/base/random.h"

namespace sojourn::kube {
namespace {

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

TEST(Identify, NamesAnObjectEvenIfItIsTooDeepOddOrCutOff) {
  const std::string start =
      R"({"kind":"Pod","metadata":{"labels":{"name":"no"},"name":"n","namespace":"ns","resourceVersion":"7"},"spec":)";
  for (const std::string& text :
       {start + "{}}", start + nested(5'000) + "}", start, start + "{\"a"}) {
    const auto identity = identify(text);
    EXPECT_EQ(identity.kind, "Pod");
    EXPECT_EQ(identity.key, (ObjectKey{"ns", "n"}));
    EXPECT_EQ(identity.resource_version, "7");
  }
  const auto odd = identify(R"({"metadata":{"name":5,"namespace":["a"],"resourceVersion":"7"}})");
  EXPECT_EQ(odd.key, ObjectKey{});
  EXPECT_EQ(odd.resource_version, "7");
  EXPECT_EQ(identify("").key, ObjectKey{});
}

TEST(WatchLine, IsSplitIntoItsTypeAndItsObject) {
  const auto line = split_watch_line(R"({"type":"ADDED","object":{"a":[1,"}"]}})");
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->type, "ADDED");
  EXPECT_EQ(line->object, R"({"a":[1,"}"]})");
  const auto turned = split_watch_line(R"( { "object" : {} , "x":1, "type" : "DELETED" } )");
  ASSERT_TRUE(turned.ok());
  EXPECT_EQ(turned->type, "DELETED");
  EXPECT_EQ(turned->object, "{}");
}

TEST(WatchLine, OfALineCutOffTheBeginningOfTheObjectIsGiven) {
  const auto line =
      split_watch_line(R"({"type":"ADDED","object":{"metadata":{"name":"n"},"x":"aaa)");
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(identify(line->object).key.name, "n");
}

TEST(WatchLine, DamagedLinesAreNeverReadPastTheirEnd) {
  SeededRandom random(43);
  const std::string whole =
      R"({"type":"ADDED","object":{"kind":"K","metadata":{"managedFields":[{"a":"b\\"}],"name":"n"}}})";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole;
    const auto at = random.next() % text.size();
    switch (random.next() % 3) {
      case 0:
        text.erase(at, 1 + random.next() % 10);
        break;
      case 1:
        text[at] = "{}[]\",:\\x"[random.next() % 9];
        break;
      default:
        text.resize(at);
        break;
    }
    if (const auto line = split_watch_line(text)) (void)identify(line->object);
  }
}

TEST(WatchLine, WithoutTypeOrObjectIsMalformed) {
  for (const char* text : {"", "{}", R"({"type":"ADDED"})", R"({"object":{}})", "nonsense"}) {
    EXPECT_FALSE(split_watch_line(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sojourn::kube
