#include "sojourn/base/error.h"

#include <gtest/gtest.h>

#include <set>

#include "sojourn/base/result.h"

namespace sojourn {
namespace {

TEST(Error, OnlyFailuresThatMayPassByThemselvesAreRetryable) {
  const std::set<ErrorCode> expected = {ErrorCode::DeadlineExceeded,
                                        ErrorCode::Unavailable,
                                        ErrorCode::TooManyRequests,
                                        ErrorCode::Unauthorized,
                                        ErrorCode::AlreadyExists,
                                        ErrorCode::Conflict,
                                        ErrorCode::Gone};
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(retryable(Error{code, "", "", {}}), expected.contains(code)) << to_string(code);
    EXPECT_TRUE(names.insert(to_string(code)).second) << "two codes are called " << to_string(code);
  }
}

TEST(Error, ContextIsPutInFront) {
  const auto error =
      with_context("create Pod a/b", Error{ErrorCode::Unavailable, "refused", "", {}});
  EXPECT_EQ(error.message, "create Pod a/b: refused");
  EXPECT_EQ(error.code, ErrorCode::Unavailable);
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 3;
  const Result<int> bad = Error{ErrorCode::Gone, "too old", "", {}};
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, ErrorCode::Gone);
  EXPECT_TRUE(Result<void>{}.ok());
}

}  // namespace
}  // namespace sojourn
