#include "tests/unit/api/golden.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sojourn/base/file.h"

namespace sojourn::api {

std::string read_golden(const std::string& name) {
  auto text = read_file(std::string(SOJOURN_GOLDEN_DIR) + "/" + name, 1 << 20);
  EXPECT_TRUE(text) << text.error().message;
  return text ? *text : "";
}

void expect_same_json(const std::string& actual, const std::string& expected) {
  EXPECT_EQ(nlohmann::json::parse(actual).dump(2), nlohmann::json::parse(expected).dump(2));
}

}  // namespace sojourn::api
