#include "sojourn/kube/protobuf_splitter.h"

#include <gtest/gtest.h>

#include <vector>

#include "sojourn/api/protobuf/envelope.h"
#include "sojourn/api/protobuf/pod_protobuf.h"
#include "sojourn/base/random.h"
#include "sojourn/kube/watch_splitter.h"
#include "tests/unit/api/golden.h"
#include "tests/unit/kube/pieces.h"

namespace sojourn::kube {
namespace {

TEST(MessageSplitter, GivesTheSameItemsHoweverTheChunksFall) {
  const std::string body = api::read_golden("protobuf/pods.pb");
  for (std::size_t size = 1; size <= body.size(); ++size) {
    Pieces pieces;
    MessageSplitter splitter(pieces.handler());
    ASSERT_TRUE(feed(splitter, body, size).ok()) << size;
    ASSERT_EQ(pieces.whole,
              (std::vector<std::string>{api::read_golden("protobuf/pod.pb"),
                                        api::read_golden("protobuf/pod_mounting.pb")}))
        << size;
    const auto rest = splitter.finish();
    ASSERT_TRUE(rest.ok());
    const auto meta = api::decode_list_meta_message(*rest);
    ASSERT_TRUE(meta.ok());
    EXPECT_EQ(meta->resource_version, "910");
    EXPECT_EQ(meta->continue_, "more");
  }
}

TEST(MessageSplitter, AListThatBreaksOffIsMalformed) {
  const std::string body = api::read_golden("protobuf/pods.pb");
  // What follows the list itself is two empty texts, which nobody needs.
  const std::size_t end = body.size() - 4;
  for (std::size_t length = 0; length < end; ++length) {
    Pieces pieces;
    MessageSplitter splitter(pieces.handler());
    const auto fed = splitter.feed(body.substr(0, length));
    EXPECT_FALSE(fed.ok() && splitter.finish().ok()) << length;
  }
}

TEST(MessageSplitter, AnItemThatIsTooLargeIsCutAndTheNextOneIsWhole) {
  const std::string body = api::read_golden("protobuf/pods.pb");
  const std::string large = api::read_golden("protobuf/pod.pb");
  const std::string small = api::read_golden("protobuf/pod_mounting.pb");
  for (const std::size_t size : {1U, 7U, 4096U}) {
    Pieces pieces;
    MessageSplitter splitter(pieces.handler(), small.size());
    ASSERT_TRUE(feed(splitter, body, size).ok());
    EXPECT_TRUE(splitter.finish().ok());
    EXPECT_EQ(pieces.cut, std::vector<std::string>{large.substr(0, small.size())});
    EXPECT_EQ(pieces.whole, std::vector<std::string>{small});
  }
}

TEST(MessageSplitter, AListWithoutItemsIsAList) {
  // The magic, and an envelope whose `raw` is a list with an empty ListMeta.
  const std::string body = std::string("k8s\0", 4) + "\x12\x02\x0a" + std::string(1, '\0');
  Pieces pieces;
  MessageSplitter splitter(pieces.handler());
  ASSERT_TRUE(splitter.feed(body).ok());
  const auto rest = splitter.finish();
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(*rest, "");
  EXPECT_TRUE(pieces.whole.empty());
}

TEST(MessageSplitter, AnItemThatReachesBeyondItsListIsMalformed) {
  const std::string body = std::string("k8s\0", 4) + "\x12\x02\x12\x05";
  MessageSplitter splitter(Pieces{}.handler());
  EXPECT_EQ(splitter.feed(body + "abcde").error().code, ErrorCode::Malformed);
}

TEST(MessageSplitter, TooMuchBesideTheItemsIsRefused) {
  // `raw` of 4 MiB, in it a ListMeta of 2 MiB.
  const std::string body =
      std::string("k8s\0", 4) + "\x12\x80\x80\x80\x02" + "\x0a\x80\x80\x80\x01";
  MessageSplitter splitter(Pieces{}.handler());
  EXPECT_EQ(splitter.feed(body).error().code, ErrorCode::TooLarge);
}

TEST(MessageSplitter, DamagedListsNeverHangOrCrash) {
  const std::string whole = api::read_golden("protobuf/pods.pb");
  SeededRandom random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole.substr(0, 1 + random.next() % whole.size());
    for (auto flips = random.next() % 5; flips > 0; --flips) {
      text[random.next() % std::min<std::size_t>(text.size(), 40)] =
          static_cast<char>(random.next());
    }
    Pieces pieces;
    MessageSplitter splitter(pieces.handler());
    if (feed(splitter, text, 1 + random.next() % 9).ok()) (void)splitter.finish().ok();
  }
}

TEST(FrameSplitter, GivesTheSameFramesHoweverTheChunksFall) {
  using namespace std::string_literals;
  const std::string text =
      "\0\0\0\3one\0\0\0\0\0\0\0\1x\0\0\1\0"s + std::string(256, 'y') + "\0\0"s;
  for (std::size_t size = 1; size <= text.size(); ++size) {
    Pieces pieces;
    FrameSplitter splitter(pieces.handler());
    ASSERT_TRUE(feed(splitter, text, size).ok());
    EXPECT_EQ(pieces.whole, (std::vector<std::string>{"one", "x", std::string(256, 'y')})) << size;
  }
}

TEST(FrameSplitter, AFrameThatIsTooLongIsCutAndTheNextOneIsWhole) {
  using namespace std::string_literals;
  for (const std::size_t size : {1U, 3U, 100U}) {
    Pieces pieces;
    FrameSplitter splitter(pieces.handler(), 4);
    ASSERT_TRUE(feed(splitter, "\0\0\0\6abcdef\0\0\0\2xy"s, size).ok());
    EXPECT_EQ(pieces.cut, std::vector<std::string>{"abcd"}) << size;
    EXPECT_EQ(pieces.whole, std::vector<std::string>{"xy"}) << size;
  }
}

TEST(WatchSplitter, TellsOfEachEventInProtobufWhatItIs) {
  const std::string body = api::read_golden("protobuf/pods_watch.pb");
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, body.size()}) {
    std::string told;
    WatchSplitter splitter([&](const Result<WatchEvent>& event) -> Result<void> {
      EXPECT_TRUE(event.ok());
      EXPECT_EQ(event->object.encoding, Encoding::Protobuf);
      const Identity identity = identify(event->object);
      told += std::string(event->type) + " " + identity.key.name + " " + identity.resource_version +
              "\n";
      return {};
    });
    ASSERT_TRUE(feed(splitter, body, size).ok());
    EXPECT_EQ(told, "ADDED notes-aaaaaaaaaa 900\nDELETED web 905\nBOOKMARK  930\nERROR  \n");
  }
}

TEST(WatchSplitter, AnEventThatCannotBeReadIsToldAndTheNextOneIsRead) {
  using namespace std::string_literals;
  int broken = 0;
  int whole = 0;
  WatchSplitter splitter([&](const Result<WatchEvent>& event) -> Result<void> {
    ++(event ? whole : broken);
    return {};
  });
  const std::string damaged = "\0\0\0\2\x0a\x07"s;
  ASSERT_TRUE(splitter.feed(damaged + api::read_golden("protobuf/pods_watch.pb")).ok());
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(whole, 4);
}

TEST(WatchSplitter, AnEventThatIsTooLargeCallsForAList) {
  using namespace std::string_literals;
  WatchSplitter splitter([](const Result<WatchEvent>&) { return Result<void>{}; });
  const auto fed = splitter.feed("\0\x40\0\0"s + std::string(std::size_t{4} << 20, 'x'));
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().code, ErrorCode::Gone);
}

}  // namespace
}  // namespace sojourn::kube
