#pragma once

#include <string>

namespace sojourn::api {

// The text of a file of tests/golden; fails the test when it cannot be read.
std::string read_golden(const std::string& name);
// Expects that both texts hold the same JSON value.
void expect_same_json(const std::string& actual, const std::string& expected);

}  // namespace sojourn::api
