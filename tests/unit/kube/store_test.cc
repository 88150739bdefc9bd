#include "sojourn/kube/store.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/fake/fake_clock.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

using std::chrono::seconds;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    store_.add_index("size", [](const Thing& thing) {
      return std::vector<std::string>{std::to_string(thing.size)};
    });
    store_.subscribe([this](const auto& old, const auto& now) {
      const auto text = [](const auto& thing) {
        return thing ? thing->meta.name + "@" + thing->meta.resource_version : std::string("-");
      };
      changes_.push_back(text(old) + ">" + text(now));
      // A subscriber may read the store: no lock is held.
      (void)store_.size();
    });
    store_.subscribe_failures([this](const ObjectKey& key, const Error& error) {
      failures_.push_back(to_string(key) + ": " + error.message);
    });
  }

  void list(const std::vector<Thing>& things, std::uint64_t version, bool reset = false) {
    store_.replace({things.begin(), things.end()}, {}, version, reset, now_);
  }
  std::vector<std::string> changes() { return std::exchange(changes_, {}); }
  std::string version_of(const std::string& name) {
    const auto thing = store_.get({"a", name});
    return thing ? thing->meta.resource_version : "none";
  }
  std::vector<std::string> of_size(int size) {
    std::vector<std::string> names;
    for (const auto& thing : store_.by_index("size", std::to_string(size))) {
      names.push_back(thing->meta.name);
    }
    return names;
  }

  using Names = std::vector<std::string>;
  Store<Thing> store_;
  SteadyTime now_{};
  Names changes_;
  Names failures_;
};

TEST_F(StoreTest, IsReadyFromTheEndOfTheFirstListOn) {
  EXPECT_FALSE(store_.ready());
  list({}, 1);
  EXPECT_TRUE(store_.ready());
  EXPECT_EQ(store_.latest_resource_version(), 1U);
}

TEST_F(StoreTest, AListReplacesAllAndTellsOnlyWhatChanged) {
  list({make_thing("same", 1), make_thing("new", 1), make_thing("gone", 2)}, 5);
  changes();
  const auto same = store_.get({"a", "same"});
  list({make_thing("same", 1), make_thing("new", 6), make_thing("added", 7)}, 8);
  auto told = changes();
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (Names{"->added@7", "gone@2>-", "new@1>new@6"}));
  EXPECT_EQ(*store_.get({"a", "same"}), *same);
  EXPECT_EQ(store_.size(), 3U);
}

TEST_F(StoreTest, EventsAreAppliedInTheirOrder) {
  list({}, 1);
  store_.apply(make_thing("t", 2), now_);
  store_.apply(make_thing("t", 3), now_);
  store_.erase({"a", "t"}, 4, now_);
  EXPECT_EQ(changes(), (Names{"->t@2", "t@2>t@3", "t@3>-"}));
  EXPECT_EQ(store_.latest_resource_version(), 4U);
}

TEST_F(StoreTest, TheIndexFollowsEveryKindOfChange) {
  list({make_thing("t", 1, 10), make_thing("u", 1, 10)}, 1);
  EXPECT_EQ(of_size(10), (Names{"t", "u"}));
  store_.apply(make_thing("t", 2, 20), now_);
  EXPECT_EQ(of_size(10), (Names{"u"}));
  EXPECT_EQ(of_size(20), (Names{"t"}));
  store_.observe_write(make_thing("v", 3, 20));
  EXPECT_EQ(of_size(20), (Names{"t", "v"}));
  store_.erase({"a", "t"}, 4, now_);
  EXPECT_EQ(of_size(20), (Names{"v"}));
  list({make_thing("u", 9, 30)}, 9);
  EXPECT_EQ(of_size(10), Names{});
  EXPECT_EQ(of_size(20), Names{});
  EXPECT_EQ(of_size(30), (Names{"u"}));
  EXPECT_TRUE(store_.by_index("colour", "red").empty());
}

TEST_F(StoreTest, AnOwnCreateIsSeenAtOnceAndItsEventChangesNothing) {
  list({}, 10);
  store_.observe_write(make_thing("t", 11));
  EXPECT_EQ(version_of("t"), "11");
  store_.apply(make_thing("t", 11), now_);
  EXPECT_EQ(changes(), (Names{"->t@11"}));
}

TEST_F(StoreTest, AnOlderEventDoesNotTakeAnOwnWriteBack) {
  list({make_thing("t", 5)}, 10);
  store_.observe_write(make_thing("t", 13));
  store_.apply(make_thing("t", 12), now_);
  EXPECT_EQ(version_of("t"), "13");
}

TEST_F(StoreTest, TheDeletionOfAnEarlierObjectSparesTheOneWeJustMadeUnderItsName) {
  list({make_thing("t", 5)}, 10);
  store_.observe_write(make_thing("t", 13));  // made after the old one was deleted at 12
  store_.erase({"a", "t"}, 12, now_);
  EXPECT_EQ(version_of("t"), "13");
  store_.erase({"a", "t"}, 14, now_);
  EXPECT_EQ(version_of("t"), "none");
}

TEST_F(StoreTest, ALateAnswerDoesNotRaiseADeletedObject) {
  list({make_thing("t", 5)}, 10);
  store_.apply(make_thing("t", 11), now_);
  store_.erase({"a", "t"}, 12, now_);
  store_.observe_write(make_thing("t", 11));
  EXPECT_EQ(version_of("t"), "none");
}

TEST_F(StoreTest, ABookmarkTellsThatAnAnswerIsOutdated) {
  list({}, 10);
  store_.bookmark(20, now_);
  store_.observe_write(make_thing("t", 15));
  EXPECT_EQ(version_of("t"), "none");
}

TEST_F(StoreTest, TheAnswerOfADeleteStaysUntilTheWatchTellsTheEnd) {
  list({make_thing("t", 5)}, 10);
  store_.observe_write(make_thing("t", 11));
  store_.erase({"a", "t"}, 11, now_);
  EXPECT_EQ(version_of("t"), "none");
}

TEST_F(StoreTest, AListOlderThanAnOwnWriteKeepsIt) {
  list({}, 10);
  store_.observe_write(make_thing("mine", 15));
  store_.observe_write(make_thing("t", 16));
  list({make_thing("t", 11)}, 14);
  EXPECT_EQ(version_of("mine"), "15");
  EXPECT_EQ(version_of("t"), "16");
  list({}, 20);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(StoreTest, AResetTakesTheListAsItIs) {
  list({make_thing("t", 100), make_thing("gone", 100)}, 100);
  changes();
  list({make_thing("t", 40)}, 50, true);
  EXPECT_EQ(version_of("t"), "40");
  EXPECT_EQ(version_of("gone"), "none");
  EXPECT_EQ(store_.latest_resource_version(), 50U);
  store_.observe_write(make_thing("t", 51));
  EXPECT_EQ(version_of("t"), "51");
}

TEST_F(StoreTest, AnAnswerWithoutAVersionIsLeftToTheWatch) {
  list({}, 1);
  auto thing = make_thing("t", 2);
  thing.meta.resource_version.clear();
  store_.observe_write(thing);
  EXPECT_EQ(version_of("t"), "none");
}

TEST_F(StoreTest, APoisonedObjectKeepsItsLastGoodFormAndIsNamed) {
  list({make_thing("t", 5)}, 10);
  const Error error{ErrorCode::Malformed, "size: not a number"};
  store_.fail({"a", "t"}, error, 11, now_);
  EXPECT_EQ(version_of("t"), "5");
  EXPECT_EQ(store_.decode_failure({"a", "t"})->message, "size: not a number");
  store_.replace({}, {{{"a", "t"}, error}}, 12, false, now_);
  EXPECT_EQ(version_of("t"), "5");
  EXPECT_EQ(failures_, (Names{"a/t: size: not a number", "a/t: size: not a number"}));
  store_.apply(make_thing("t", 13), now_);
  EXPECT_EQ(store_.decode_failure({"a", "t"}), std::nullopt);
  EXPECT_TRUE(store_.decode_failures().empty());
}

TEST_F(StoreTest, IsFreshWhileTheServerKeepsProvingIt) {
  EXPECT_FALSE(store_.fresh(now_, seconds(100)));
  list({}, 1);
  EXPECT_TRUE(store_.fresh(now_ + seconds(100), seconds(100)));
  EXPECT_FALSE(store_.fresh(now_ + seconds(101), seconds(100)));
  store_.bookmark(2, now_ + seconds(60));
  EXPECT_TRUE(store_.fresh(now_ + seconds(101), seconds(100)));
}

TEST_F(StoreTest, AWaiterIsWokenByTheFirstList) {
  fake::FakeClock clock;
  bool ready = false;
  std::jthread waiter([&] { ready = store_.wait_ready(clock, SteadyTime::max(), {}); });
  clock.await_waiters(1);
  list({}, 1);
  waiter.join();
  EXPECT_TRUE(ready);
}

TEST(StoreOfSomeNamespaces, TakesAListOfOneForTheTruthAboutThatOneAlone) {
  const auto thing = [](const char* space, const char* name, int version) {
    auto made = make_thing(name, version);
    made.meta.namespace_ = space;
    return made;
  };
  Store<Thing> store;
  store.cover({"a", "b"});
  store.replace({Packed<Thing>(thing("a", "one", 3))}, {}, 10, false, SteadyTime(), "a");
  EXPECT_FALSE(store.ready()) << "b is still unknown";
  store.replace({Packed<Thing>(thing("b", "two", 4))}, {}, 20, false, SteadyTime(), "b");
  EXPECT_TRUE(store.ready());
  EXPECT_EQ(store.latest_resource_version(), 10U);
  store.observe_write(thing("a", "three", 15));
  EXPECT_TRUE(store.get({"a", "three"})) << "the watch of a has not come so far";
  store.observe_write(thing("b", "four", 15));
  EXPECT_FALSE(store.get({"b", "four"})) << "the watch of b has passed it";
  store.observe_write(thing("c", "five", 99));
  EXPECT_FALSE(store.get({"c", "five"})) << "nobody follows c";
  store.replace({}, {}, 30, false, SteadyTime(seconds(9)), "a");
  EXPECT_FALSE(store.get({"a", "one"}));
  EXPECT_TRUE(store.get({"b", "two"}));
  EXPECT_FALSE(store.fresh(SteadyTime(seconds(9)), seconds(5))) << "b was not heard of for 9 s";
  store.bookmark(40, SteadyTime(seconds(9)), "b");
  EXPECT_TRUE(store.fresh(SteadyTime(seconds(9)), seconds(5)));
}

}  // namespace
}  // namespace sojourn::kube
