// Poison objects: whatever the bytes are, decoding ends with a value or a clear error.
#include <gtest/gtest.h>

#include <string>

#include "sojourn/api/json/session_json.h"
#include "sojourn/api/json/session_template_json.h"
#include "sojourn/base/random.h"
#include "tests/unit/api/golden.h"

namespace sojourn::api {
namespace {

std::string nested(int depth, const std::string& open, const std::string& close) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  text += "1";
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

std::string session_with(const std::string& extra) {
  return R"({"metadata":{"name":"a"},"extra":)" + extra + "}";
}

void expect_refused(const std::string& text, ErrorCode code, const std::string& words) {
  const auto session = decode_session(text);
  ASSERT_FALSE(session) << text.substr(0, 80);
  EXPECT_EQ(session.error().code, code) << session.error().message;
  EXPECT_NE(session.error().message.find(words), std::string::npos) << session.error().message;
}

TEST(DecodeLimits, DepthUpTo64IsRead) {
  EXPECT_TRUE(decode_session(session_with(nested(63, "[", "]"))));
  expect_refused(session_with(nested(64, "[", "]")), ErrorCode::TooLarge, "deeper than 64");
  expect_refused(session_with(nested(64, "{\"a\":", "}")), ErrorCode::TooLarge, "deeper than 64");
  expect_refused(std::string(1'000'000, '['), ErrorCode::TooLarge, "deeper than 64");
}

TEST(DecodeLimits, BracketsInsideTextsDoNotCount) {
  EXPECT_TRUE(decode_session(session_with('"' + std::string(1000, '{') + R"(\"[[\\")")));
}

TEST(DecodeLimits, TenThousandMembersAreRead) {
  const auto object_of = [](int members) {
    std::string text = "{";
    for (int i = 0; i < members; ++i) {
      text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    }
    return text + "}";
  };
  // metadata, name and extra are members too.
  EXPECT_TRUE(decode_session(session_with(object_of(9'997))));
  expect_refused(session_with(object_of(9'998)), ErrorCode::TooLarge, "more than 10,000 members");
}

TEST(DecodeLimits, ThreeMebibytesAreRead) {
  const std::size_t frame = session_with("\"\"").size();
  const std::size_t limit = 3 * 1024 * 1024;
  EXPECT_TRUE(decode_session(session_with('"' + std::string(limit - frame, 'x') + '"')));
  expect_refused(session_with('"' + std::string(limit - frame + 1, 'x') + '"'), ErrorCode::TooLarge,
                 "larger than 3 MiB");
}

TEST(DecodeLimits, WhatIsNotJsonIsRefusedWithItsPlace) {
  for (const auto* text :
       {"", " ", "{", "nul", "{\"a\":1}}", "{'a':1}", "{\"a\":01}", "// x\n{}", "{\"a\":1e400}",
        "{\"a\":NaN}", "{\"a\":\"\xff\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\\ud800\"}"}) {
    expect_refused(text, ErrorCode::Malformed, "decode Session: not a JSON text");
  }
}

TEST(DecodeLimits, ADocumentThatIsNoObjectIsRefused) {
  for (const auto* text : {"[]", "1", "\"text\"", "true"}) {
    expect_refused(text, ErrorCode::Malformed, "decode Session: expected an object");
  }
}

TEST(DecodeLimits, AnotherKindAndAMissingNameAreRefused) {
  expect_refused(R"({"kind":"Status","code":410})", ErrorCode::Malformed,
                 "decode Session: kind: expected Session, found Status");
  expect_refused("{}", ErrorCode::Malformed, "decode Session: metadata.name: is missing");
  expect_refused(R"({"metadata":{"name":null}})", ErrorCode::Malformed,
                 "metadata.name: is missing");
}

TEST(DecodeLimits, OfDuplicateKeysTheLastWins) {
  const auto session =
      decode_session(R"({"metadata":{"name":"a"},"spec":{"prompt":"one","prompt":"two"}})");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->spec.prompt, "two");
}

TEST(DecodeLimits, ANulInsideATextIsKept) {
  const auto session = decode_session(R"({"metadata":{"name":"a"},"spec":{"prompt":"x\u0000y"}})");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->spec.prompt, std::string("x\0y", 3));
}

TEST(DecodeLimits, CutAndCorruptedObjectsNeverCrash) {
  SeededRandom random(20260102);
  int refused = 0;
  for (const auto* name : {"session.json", "session_template.json"}) {
    const std::string whole = read_golden(name);
    for (int round = 0; round < 3000; ++round) {
      std::string text = whole;
      for (std::uint64_t changes = random.next() % 4; changes-- > 0;) {
        text[random.next() % text.size()] = "\"{}[],:0-\\\xff"[random.next() % 11];
      }
      if (round % 2 == 0) text.resize(random.next() % text.size());
      const auto session = decode_session(text);
      const auto session_template = decode_session_template(text);
      for (const auto* error : {session ? nullptr : &session.error(),
                                session_template ? nullptr : &session_template.error()}) {
        if (error == nullptr) continue;
        ++refused;
        EXPECT_FALSE(error->message.empty());
      }
    }
  }
  EXPECT_GT(refused, 6000);
}

}  // namespace
}  // namespace sojourn::api
