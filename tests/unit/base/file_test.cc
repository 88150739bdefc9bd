#include "sojourn/base/file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace sojourn {
namespace {

class ReadFile : public ::testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }
  void write(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }

  const std::string path_ = testing::TempDir() + "file_test_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ReadFile, GivesEveryByte) {
  const std::string content = std::string(40'000, 'x') + std::string("\0\r\n", 3);
  write(content);
  EXPECT_EQ(read_file(path_, 100'000).value(), content);
}

TEST_F(ReadFile, TakesExactlyTheLimitAndNotOneByteMore) {
  write("12345");
  EXPECT_EQ(read_file(path_, 5).value(), "12345");
  const auto refused = read_file(path_, 4);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Configuration);
  EXPECT_EQ(refused.error().message, "cannot read " + path_ + ": it holds more than 4 bytes");
}

TEST_F(ReadFile, NamesTheMissingFile) {
  const auto missing = read_file(path_, 10);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "cannot read " + path_ + ": No such file or directory");
}

TEST_F(ReadFile, RefusesAFolder) {
  EXPECT_EQ(read_file(testing::TempDir(), 10).error().code, ErrorCode::Configuration);
}

}  // namespace
}  // namespace sojourn
