#include "sojourn/kube/json_scanner.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sojourn/base/random.h"

namespace sojourn::kube {
namespace {

using nlohmann::json;

// What reduce() should come to, made from the full DOM.
json expected(json object, Keep keep) {
  if (!object.is_object()) return object;
  const auto only = [](json& value, std::initializer_list<const char*> kept) {
    if (!value.is_object()) return;
    json out = json::object();
    for (const char* name : kept) {
      if (value.contains(name)) out[name] = value[name];
    }
    value = std::move(out);
  };
  const auto meta = object.find("metadata");
  if (meta != object.end() && meta->is_object()) {
    meta->erase("managedFields");
    const auto annotations = meta->find("annotations");
    if (annotations != meta->end() && annotations->is_object()) {
      annotations->erase("kubectl.kubernetes.io/last-applied-configuration");
    }
  }
  if (keep == Keep::AllButBookkeeping) return object;
  only(object, {"apiVersion", "kind", "metadata", "spec", "status"});
  if (object.contains("metadata")) {
    only(object["metadata"],
         {"name", "namespace", "uid", "resourceVersion", "generation", "labels", "annotations",
          "ownerReferences", "creationTimestamp", "deletionTimestamp"});
  }
  if (object.contains("spec")) only(object["spec"], {"nodeName"});
  return object;
}

void expect_same(const std::string& text, Keep keep) {
  const auto reduced = reduce(text, keep);
  ASSERT_TRUE(reduced.ok()) << text << ": " << reduced.error().message;
  EXPECT_EQ(json::parse(*reduced), expected(json::parse(text), keep)) << text;
}

TEST(Reduce, GivesTheDecoderWhatTheFullTextWould) {
  const char* const texts[] = {
      "{}",
      R"({"metadata":{"name":"p","managedFields":[{"f":{"a":[]}}],"uid":"u"},"spec":{"x":1}})",
      R"({"metadata":{"managedFields":[]}})",
      R"({"metadata":{"managedFields":null,"a":1,"managedFields":[1],"b":2}})",
      R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"a\":\"}\"}","k":"v"}}})",
      R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":""}}})",
      R"({"metadata":null,"spec":[],"status":"odd"})",
      R"({"metadata":[{"managedFields":1}],"spec":"nodeName","status":{"managedFields":1}})",
      "\n{ \"metadata\" :\t{ \"name\" : \"a b\" , \"labels\":{ } }\r\n, \"status\" : [ 1 , -2.5e+3 "
      ", true , null ] }\n",
      R"({"spec":{"nodeName":"n\"1\\","containers":[{"image":"i","env":[{"name":"]}"}]}],"z":0}})",
      R"({"status":{"message":"\u0000\ud83d\ude00 }{ \" \\","deep":[[[[{"a":[]}]]]]}})",
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"ünïcødé","generation":3,"finalizers":["x"]}})",
      R"({"metadata":{"annotations":"none","labels":null,"ownerReferences":[{"uid":"u"}]}})",
      R"({"":{"":""},"metadata":{"":1},"spec":{"":1}})",
  };
  for (const char* text : texts) {
    expect_same(text, Keep::AllButBookkeeping);
    expect_same(text, Keep::PodEssentials);
  }
}

TEST(Reduce, AKeySpeltWithEscapesIsKept) {
  const auto reduced = reduce(R"({"st\u0061tus":{"phase":"Running"}})", Keep::PodEssentials);
  ASSERT_TRUE(reduced.ok());
  EXPECT_EQ(json::parse(*reduced)["status"]["phase"], "Running");
}

// A random value; objects often use the names that the filters look for.
json random_value(SeededRandom& random, int depth) {
  static const std::vector<std::string> kNames = {
      "metadata",
      "managedFields",
      "annotations",
      "kubectl.kubernetes.io/last-applied-configuration",
      "name",
      "spec",
      "nodeName",
      "status",
      "labels",
      "x\"y\\",
      "\n\t",
      "é😀",
      ""};
  const auto kind = random.next() % (depth > 5 ? 5 : 8);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return random.next() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random.next());
    case 3:
      return random.uniform() * 1e6;
    case 4:
      return kNames[random.next() % kNames.size()] + "{}[],:\"\\/";
    default:
      break;
  }
  json value = kind == 5 ? json::array() : json::object();
  for (auto count = random.next() % 5; count > 0; --count) {
    if (kind == 5) {
      value.push_back(random_value(random, depth + 1));
    } else {
      value[kNames[random.next() % kNames.size()]] = random_value(random, depth + 1);
    }
  }
  return value;
}

TEST(Reduce, GivesTheSameForThousandsOfRandomObjects) {
  SeededRandom random(42);
  for (int round = 0; round < 4'000; ++round) {
    json object = json::object();
    for (const char* name : {"kind", "metadata", "spec", "status", "data"}) {
      if (random.next() % 4 != 0) object[name] = random_value(random, 1);
    }
    const bool pretty = random.next() % 2 == 0;
    const bool ascii = random.next() % 2 == 0;
    const std::string text = object.dump(pretty ? 2 : -1, ' ', ascii);
    const Keep keep = round % 2 == 0 ? Keep::AllButBookkeeping : Keep::PodEssentials;
    const auto reduced = reduce(text, keep);
    ASSERT_TRUE(reduced.ok()) << text;
    // Members whose names are spelt with escapes may stay; nobody decodes them.
    ASSERT_EQ(expected(json::parse(*reduced), keep), expected(object, keep)) << text;
  }
}

TEST(Reduce, DamagedTextIsRefusedOrLeftToTheDecoderAndNeverReadPastItsEnd) {
  SeededRandom random(43);
  for (int round = 0; round < 20'000; ++round) {
    std::string text =
        R"({"metadata":{"managedFields":[{"a":"b\\"}],"name":"n"},"spec":{"nodeName":"x"}})";
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
    const auto reduced = reduce(text, Keep::PodEssentials);
    // What the decoder would have taken is never refused here.
    EXPECT_TRUE(reduced.ok() || json::parse(text, nullptr, false).is_discarded()) << text;
    (void)identify(text);
    (void)split_watch_line(text).ok();
  }
}

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

TEST(Reduce, DepthIsCountedInWhatIsSkippedToo) {
  for (const char* place : {"status", "metadata"}) {
    const auto wrap = [&](int depth) {
      return std::string(R"({"kind":"K",")") + place + R"(":{"managedFields":)" + nested(depth) +
             "}}";
    };
    EXPECT_TRUE(reduce(wrap(kMaxItemDepth - 2), Keep::AllButBookkeeping).ok());
    EXPECT_EQ(reduce(wrap(kMaxItemDepth - 1), Keep::AllButBookkeeping).error().code,
              ErrorCode::Malformed);
    EXPECT_FALSE(reduce(wrap(1'000'000), Keep::AllButBookkeeping).ok());
  }
}

TEST(Reduce, AnObjectOverThreeMebibytesIsTooLarge) {
  const auto of_size = [](std::size_t size) {
    return R"({"a":")" + std::string(size - 8, 'x') + "\"}";
  };
  EXPECT_TRUE(reduce(of_size(kMaxItemBytes), Keep::AllButBookkeeping).ok());
  EXPECT_EQ(reduce(of_size(kMaxItemBytes + 1), Keep::AllButBookkeeping).error().code,
            ErrorCode::TooLarge);
}

TEST(Reduce, OnlyAWholeObjectIsTaken) {
  for (const char* text : {"", " ", "1", "[]", "null", "{", "{}{}", "{} x", R"({"a":1,})",
                           R"({"a"})", R"({"metadata":[}]})", "\x01{}"}) {
    EXPECT_FALSE(reduce(text, Keep::AllButBookkeeping).ok()) << text;
  }
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

TEST(WatchLine, WithoutTypeOrObjectIsMalformed) {
  for (const char* text : {"", "{}", R"({"type":"ADDED"})", R"({"object":{}})", "nonsense"}) {
    EXPECT_FALSE(split_watch_line(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sojourn::kube
