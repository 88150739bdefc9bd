#include "config/base64.h"

#include <gtest/gtest.h>

namespace sojourn::config {
namespace {

TEST(Base64, DecodesWhatTheStandardLists) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"Zg==", "f"},
                                                       {"Zm8=", "fo"},
                                                       {"Zm9v", "foo"},
                                                       {"Zm9vYg==", "foob"},
                                                       {"Zm9vYmE=", "fooba"},
                                                       {"Zm9vYmFy", "foobar"},
                                                       {" Zm\n9v\r\n", "foo"}};
  for (const auto& [text, bytes] : cases) EXPECT_EQ(decode_base64(text), bytes) << text;
  EXPECT_EQ(decode_base64("AP+/"), std::string("\0\xFF\xBF", 3));
}

TEST(Base64, RefusesAllElse) {
  for (const auto* text : {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v=", "Zm-v", "=Zm9"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sojourn::config
