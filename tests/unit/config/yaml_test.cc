#include "config/yaml.h"

#include <gmock/gmock.h>

#include "sojourn/base/clock.h"

namespace sojourn::config {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& text) {
  const auto parsed = parse_yaml(text, "the file");
  if (parsed.ok()) return "accepted";
  EXPECT_EQ(parsed.error().code, ErrorCode::Configuration);
  return parsed.error().message;
}

TEST(Yaml, ReadsMapsListsAndScalars) {
  const auto parsed = parse_yaml("a: 1\nb:\n  - x\n  - {c: 'd'}\ne: ~\nf:\n", "the file");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->find("a")->scalar, "1");
  EXPECT_EQ(parsed->find("b")->items.at(0).scalar, "x");
  EXPECT_EQ(parsed->find("b")->items.at(0).line, 3);
  EXPECT_EQ(parsed->find("b")->items.at(1).find("c")->scalar, "d");
  EXPECT_EQ(parsed->find("e"), nullptr);
  EXPECT_EQ(parsed->find("f"), nullptr);
  EXPECT_EQ(parsed->find("g"), nullptr);
  EXPECT_EQ(parsed->members.size(), 4u);
}

TEST(Yaml, ReadsNothingOutOfNothing) {
  for (const auto* text : {"", "# only a comment\n", "---\n", "~"}) {
    const auto parsed = parse_yaml(text, "the file");
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->kind, YamlNode::Kind::Null) << text;
  }
}

TEST(Yaml, KnowsTheBooleansOfYaml11ButNotInQuotes) {
  const auto boolean = [](const std::string& text) {
    return parse_yaml("a: " + text, "the file")->find("a")->as_bool();
  };
  for (const auto* text : {"true", "True", "yes", "YES", "on", "On", "y"}) {
    EXPECT_EQ(boolean(text), true) << text;
  }
  for (const auto* text : {"false", "FALSE", "no", "off", "n"}) {
    EXPECT_EQ(boolean(text), false) << text;
  }
  for (const auto* text : {"'true'", "\"no\"", "1", "tRue", "[]"}) {
    EXPECT_EQ(boolean(text), std::nullopt) << text;
  }
}

TEST(Yaml, NumbersStayText) {
  EXPECT_EQ(parse_yaml("mode: 0777", "the file")->find("mode")->scalar, "0777");
}

TEST(Yaml, RefusesWhatCouldMeanSomethingElse) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\na: 2", "the file, line 2: the key a is there twice"},
      {"a: &x 1", "line 1: anchors"},
      {"&x a: 1", "anchors"},
      {"a: &x [*x]", "anchors"},
      {"a: *x", "line 1"},
      {"a: 1\n---\nb: 2", "more than one YAML document"},
      {"a: !!binary aGk=", "tags are not accepted"},
      {"a: !x {}", "accepted"},
      {"<<: {a: 1}", "merge keys"},
      {"[a, b]: 1", "a key must be plain text"},
      {"{a: 1}: 1", "a key must be plain text"},
      {": 1", "a key is missing"},
      {"a: [1", "line"},
      {"a: b: c", "line 1"},
      {"\ta: 1", "line 1"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(refusal(text), HasSubstr(message)) << text;
}

TEST(Yaml, BombsAreRefusedAtOnce) {
  const SystemClock clock;
  const auto start = clock.steady_now();
  EXPECT_NE(refusal(",a"), "accepted");
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before + "]\n";
  }
  EXPECT_THAT(refusal(laughs), HasSubstr("anchors"));
  EXPECT_THAT(refusal(std::string(2000, '[') + std::string(2000, ']')),
              HasSubstr("nested too deeply"));
  EXPECT_NE(refusal(std::string(2000, '[')), "accepted");
  EXPECT_NE(refusal(std::string(2000, '{')), "accepted");
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_NE(refusal(deep), "accepted");
  std::string many = "a:\n";
  for (int i = 0; i < 60'000; ++i) many += "- x\n";
  EXPECT_THAT(refusal(many), HasSubstr("too many values"));
  EXPECT_THAT(refusal(std::string(2 * 1024 * 1024, ' ')), HasSubstr("larger than 1 MiB"));
  EXPECT_LT(clock.steady_now() - start, std::chrono::seconds(5));
}

TEST(Yaml, AllowedDepthIsReached) {
  const std::string open(kMaxYamlDepth, '[');
  const std::string close(kMaxYamlDepth, ']');
  EXPECT_TRUE(parse_yaml(open + close, "the file").ok());
  EXPECT_FALSE(parse_yaml("[" + open + close + "]", "the file").ok());
}

}  // namespace
}  // namespace sojourn::config
