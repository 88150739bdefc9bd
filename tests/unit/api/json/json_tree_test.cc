// The tree of a text is what the full DOM of it is, over thousands of texts, whole and damaged.
#include "api/json/json_tree.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sojourn/base/random.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

using nlohmann::json;
using Kind = JsonTree::Kind;

json dom_of(const JsonTree& tree, JsonTree::Row row) {
  switch (tree.kind(row)) {
    case Kind::Null:
      return nullptr;
    case Kind::True:
      return true;
    case Kind::False:
      return false;
    case Kind::Number:
      return json::parse(tree.source(row));
    case Kind::Text:
      return tree.text(row);
    case Kind::List: {
      json list = json::array();
      for (auto at = tree.begin(row); at != tree.end(row); at = tree.end(at)) {
        list.push_back(dom_of(tree, at));
      }
      return list;
    }
    case Kind::Object: {
      json object = json::object();
      for (auto at = tree.begin(row); at != tree.end(row); at = tree.end(tree.end(at))) {
        const auto key = tree.text(at);
        object[key] = dom_of(tree, tree.find(row, key));
      }
      return object;
    }
  }
  return {};
}

// What is left of an object when nobody reads who wrote which field.
json without_managed_fields(json object) {
  if (!object.is_object()) return object;
  for (auto& member : object) {
    if (member.is_object()) member.erase("managedFields");
  }
  return object;
}

void expect_same(const std::string& text) {
  const auto tree = JsonTree::parse(text);
  ASSERT_TRUE(tree.ok()) << text << ": " << tree.error().message;
  EXPECT_EQ(dom_of(*tree, JsonTree::kRoot), without_managed_fields(json::parse(text))) << text;
}

TEST(JsonTree, IsWhatTheFullDomIs) {
  const char* const texts[] = {
      "{}",
      "[]",
      "-0",
      R"("a")",
      R"([1,-2.5e+3,0.1E-2,123456789012345678,true,false,null,"",[],{}])",
      R"({"metadata":{"name":"p","managedFields":[{"f":{"a":[]}}],"uid":"u"},"spec":{"x":1}})",
      R"({"metadata":{"managedFields":null,"a":1,"managedFields":[1],"b":2}})",
      R"({"metadata":{"annotations":{"managedFields":"kept"}},"managedFields":["kept"]})",
      "\n{ \"metadata\" :\t{ \"name\" : \"a b\" , \"labels\":{ } }\r\n, \"status\" : [ 1 , true ] "
      "}\n",
      R"({"a":"\u0000\ud83d\ude00\u00e9\uffff }{ \" \\ \/ \b\f\n\r\t","":{"":""}})",
      R"({"k\u0065y":"ünïcødé 😀","a":1,"a":{"b":2},"a":[3]})",
  };
  for (const char* text : texts) expect_same(text);
  for (const char* name : {"session.json", "session_template.json", "pod.json", "lease.json",
                           "persistent_volume_claim.json", "controller_revision.json"}) {
    expect_same(read_golden(name));
  }
}

// A random value; some names have a meaning.
json random_value(SeededRandom& random, int depth) {
  static const std::vector<std::string> kNames = {
      "metadata", "managedFields", "name", "x\"y\\", "\n\t", "é😀", ""};
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

TEST(JsonTree, IsTheSameForThousandsOfRandomTexts) {
  SeededRandom random(42);
  for (int round = 0; round < 4'000; ++round) {
    json object = json::object();
    for (const char* name : {"kind", "metadata", "spec", "status", "data"}) {
      if (random.next() % 4 != 0) object[name] = random_value(random, 1);
    }
    const bool pretty = random.next() % 2 == 0;
    const bool ascii = random.next() % 2 == 0;
    expect_same(object.dump(pretty ? 2 : -1, ' ', ascii));
  }
}

TEST(JsonTree, TakesOfDamagedTextsThoseThatTheFullDomTakes) {
  SeededRandom random(43);
  const std::string whole =
      R"({"metadata":{"name":"a\u00e9\\\n","n":[1,-2.5e3,0,null,true]},"é":{"":"😀","x":false}})";
  int taken = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text = whole;
    for (auto changes = 1 + random.next() % 2; changes > 0; --changes) {
      const auto at = random.next() % text.size();
      switch (random.next() % 4) {
        case 0:
          text.erase(at, 1 + random.next() % 3);
          break;
        case 1:
          text[at] = "{}[]\",:\\x0.e-\x01\xff"[random.next() % 15];
          break;
        case 2:
          text.insert(at, 1, "{}[]\",:\\ 1u"[random.next() % 11]);
          break;
        default:
          text.resize(at + 1);
          break;
      }
    }
    const bool expected = !json::parse(text, nullptr, false).is_discarded();
    ASSERT_EQ(JsonTree::parse(text).ok(), expected) << text;
    taken += static_cast<int>(expected);
  }
  EXPECT_GT(taken, 1'000);
}

TEST(JsonTree, WhatIsNotReadIsLookedAtForItsBracketsAndItsDepth) {
  const auto with = [](const std::string& fields) {
    return R"({"kind":"K","metadata":{"managedFields":)" + fields + R"(,"name":"n"}})";
  };
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(JsonTree::parse(with(R"([{"f:\"x\"":{}},"}"])")).ok());
  EXPECT_TRUE(JsonTree::parse(with(nested(62))).ok());
  EXPECT_FALSE(JsonTree::parse(with(nested(63))).ok());
  EXPECT_FALSE(JsonTree::parse(with(nested(1'000'000))).ok());
  for (const char* fields : {"", "[}", "[", "\"", "{]"}) {
    EXPECT_FALSE(JsonTree::parse(with(fields)).ok()) << fields;
  }
}

TEST(JsonTree, NamesTheWayToEveryValue) {
  const std::string text =
      R"({"metadata":{"managedFields":[],"name":"n"},"spec":{"agents":[{},{"env":[[1],"x"]}]}})";
  const auto tree = JsonTree::parse(text);
  ASSERT_TRUE(tree.ok());
  const auto at = [&](JsonTree::Row row, std::string_view key) { return tree->find(row, key); };
  EXPECT_EQ(tree->path(JsonTree::kRoot), "");
  EXPECT_EQ(tree->path(at(at(JsonTree::kRoot, "metadata"), "name")), "metadata.name");
  const auto agents = at(at(JsonTree::kRoot, "spec"), "agents");
  EXPECT_EQ(tree->path(agents), "spec.agents");
  const auto second = tree->end(tree->begin(agents));
  EXPECT_EQ(tree->path(second), "spec.agents[1]");
  const auto env = at(second, "env");
  EXPECT_EQ(tree->path(tree->begin(tree->begin(env))), "spec.agents[1].env[0][0]");
  EXPECT_EQ(tree->path(tree->end(tree->begin(env))), "spec.agents[1].env[1]");
}

}  // namespace
}  // namespace sojourn::api
