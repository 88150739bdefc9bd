#include "http/client/library_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

namespace sojourn::http {
namespace {

using testing::HasSubstr;

TEST(LibraryFailure, BecomesASentenceThatNamesThePeerAndTheCause) {
  struct Row {
    LibraryFailure failure;
    ErrorCode code;
    std::string message;
    bool before_sending;
  };
  // As OpenSSL packs and numbers them.
  constexpr int kWrongVersion = 0x0A00010B;
  constexpr long kExpired = 10;
  for (const auto& [failure, code, message, before_sending] : std::vector<Row>{
           {{EHOSTUNREACH, "Failed to connect to any resolved endpoint", 0},
            ErrorCode::Unavailable,
            "cannot connect to api:1: Connection refused",
            true},
           {{ENETUNREACH, "Failed to connect to any resolved endpoint", 0},
            ErrorCode::Unavailable,
            "cannot connect to api:1: Network is unreachable",
            true},
           {{kWrongVersion, "Error in SSL handshake", 0},
            ErrorCode::Unavailable,
            "cannot set up TLS with api:1: ",
            true},
           {{1, "Error in SSL handshake", 0},
            ErrorCode::Unavailable,
            "cannot set up TLS with api:1: ",
            true},
           {{kWrongVersion, "Error in SSL handshake", kExpired},
            ErrorCode::Unavailable,
            "the certificate of api:1: refused: certificate has expired",
            true},
           {{0, "Invalid HTTP status line", 0}, ErrorCode::Malformed, "api:1 is not HTTP", false},
           {{0, "Invalid chunked response header", 0}, ErrorCode::Malformed, "not HTTP", false},
           {{ETIMEDOUT, "Failed to read HTTP status line", 0},
            ErrorCode::DeadlineExceeded,
            "did not answer in time",
            false},
           {{2, "Failed to read response body", 0},
            ErrorCode::Unavailable,
            "broke off to api:1: Failed to read response body",
            false}}) {
    const Error error = describe(failure, "api:1");
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_THAT(error.message, HasSubstr(message));
    EXPECT_EQ(is_before_sending(failure), before_sending) << message;
  }
}

}  // namespace
}  // namespace sojourn::http
