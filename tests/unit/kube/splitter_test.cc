#include "sojourn/kube/splitter.h"

#include <gtest/gtest.h>

#include <vector>

#include "sojourn/base/random.h"
#include "tests/unit/kube/pieces.h"

namespace sojourn::kube {
namespace {

TEST(LineSplitter, GivesTheSameLinesHoweverTheChunksFall) {
  const std::string text = "one\n\ntwo lines\nthree\nhalf";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    Pieces pieces;
    LineSplitter splitter(pieces.handler());
    ASSERT_TRUE(feed(splitter, text, size).ok());
    EXPECT_EQ(pieces.whole, (std::vector<std::string>{"one", "two lines", "three"})) << size;
  }
}

TEST(LineSplitter, ALineThatIsTooLongIsCutAndTheNextOneIsWhole) {
  for (const std::size_t size : {1U, 3U, 100U}) {
    Pieces pieces;
    LineSplitter splitter(pieces.handler(), 8);
    ASSERT_TRUE(feed(splitter, "0123456789abcdef\n12345678\nx\n", size).ok());
    EXPECT_EQ(pieces.cut, (std::vector<std::string>{"01234567"})) << size;
    EXPECT_EQ(pieces.whole, (std::vector<std::string>{"12345678", "x"})) << size;
  }
}

TEST(LineSplitter, AnErrorOfTheHandlerEndsTheFeeding) {
  int calls = 0;
  LineSplitter splitter([&](std::string_view, bool) -> Result<void> {
    ++calls;
    return Error{ErrorCode::Gone, "enough"};
  });
  const auto fed = splitter.feed("a\nb\n");
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().code, ErrorCode::Gone);
  EXPECT_EQ(calls, 1);
}

struct ListRow {
  const char* text;
  std::vector<std::string> items;
  const char* rest;
};

const ListRow kLists[] = {
    {R"({"kind":"L","metadata":{"continue":""},"items":[{"a":1},{"b":[2,{"c":3}]}]})",
     {R"({"a":1})", R"({"b":[2,{"c":3}]})"},
     R"({"kind":"L","metadata":{"continue":""},"items":[]})"},
    {R"({"items":[{"a":1}],"metadata":{"resourceVersion":"7"}})",
     {R"({"a":1})"},
     R"({"items":[],"metadata":{"resourceVersion":"7"}})"},
    {R"({"items":[]})", {}, R"({"items":[]})"},
    {R"({"items":null,"metadata":{}})", {}, R"({"items":null,"metadata":{}})"},
    {"{ \"items\" :\n[ {\"a\": \"]}\\\"\"} ,\n {} ] }",
     {"{\"a\": \"]}\\\"\"}", "{}"},
     "{ \"items\" :\n[] }"},
    // An `items` that is not the list's own.
    {R"({"metadata":{"items":[1]},"x":"items","items":[{"items":[{}]}]})",
     {R"({"items":[{}]})"},
     R"({"metadata":{"items":[1]},"x":"items","items":[]})"},
    {R"({"items":[1,"a,]b",null,[2],{"x":"\\"}]})",
     {"1", R"("a,]b")", "null", "[2]", R"({"x":"\\"})"},
     R"({"items":[]})"},
};

TEST(ItemSplitter, GivesTheSameItemsHoweverTheChunksFall) {
  for (const auto& row : kLists) {
    const std::string_view text = row.text;
    for (std::size_t size = 1; size <= text.size(); ++size) {
      Pieces pieces;
      ItemSplitter splitter(pieces.handler());
      ASSERT_TRUE(feed(splitter, text, size).ok()) << text;
      const auto rest = splitter.finish();
      ASSERT_TRUE(rest.ok()) << text;
      EXPECT_EQ(*rest, row.rest) << size;
      EXPECT_EQ(pieces.whole, row.items) << text << " by " << size;
    }
  }
}

TEST(ItemSplitter, AListThatBreaksOffIsMalformed) {
  const std::string_view text = R"({"items":[{"a":1}],"metadata":{}})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    Pieces pieces;
    ItemSplitter splitter(pieces.handler());
    const auto fed = splitter.feed(text.substr(0, length));
    EXPECT_FALSE(fed.ok() && splitter.finish().ok()) << length;
  }
}

TEST(ItemSplitter, AnItemThatIsTooLargeIsCutAndTheNextOneIsWhole) {
  Pieces pieces;
  ItemSplitter splitter(pieces.handler(), 10);
  ASSERT_TRUE(feed(splitter, R"({"items":[{"a":"0123456789"},{"b":1}]})", 4).ok());
  EXPECT_TRUE(splitter.finish().ok());
  EXPECT_EQ(pieces.cut, (std::vector<std::string>{R"({"a":"0123)"}));
  EXPECT_EQ(pieces.whole, (std::vector<std::string>{R"({"b":1})"}));
}

TEST(ItemSplitter, TooMuchBesideTheItemsIsRefused) {
  ItemSplitter splitter(Pieces{}.handler());
  EXPECT_EQ(splitter.feed("{\"x\":\"" + std::string(2 << 20, 'x')).error().code,
            ErrorCode::TooLarge);
}

TEST(ItemSplitter, BytesThatAreNoListNeverHangOrCrash) {
  SeededRandom random(7);
  const std::string alphabet = "{}[]\",:\\items 01";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = round % 2 == 0 ? "" : "{\"items\":[";
    for (auto length = random.next() % 40; length > 0; --length) {
      text += alphabet[random.next() % alphabet.size()];
    }
    Pieces pieces;
    ItemSplitter splitter(pieces.handler());
    if (feed(splitter, text, 1 + random.next() % 7).ok()) (void)splitter.finish().ok();
  }
}

}  // namespace
}  // namespace sojourn::kube
