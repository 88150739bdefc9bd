#include "http/wire/http_date.h"

#include <gtest/gtest.h>

namespace sojourn::http {
namespace {

using namespace std::chrono_literals;

TEST(HttpDate, ReadsAndWritesTheFormOfTheStandard) {
  const Time time{784'111'777s};
  EXPECT_EQ(format_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), time);
}

TEST(HttpDate, ComesBackAsItWas) {
  for (const auto day : {0, 59, 60, 365, 11'016, 20'513, 40'000}) {
    const Time time{std::chrono::days(day) + 23h + 59min + 58s};
    EXPECT_EQ(parse_http_date(format_http_date(time)), time) << format_http_date(time);
  }
}

TEST(HttpDate, RefusesAllElse) {
  for (const auto* text : {"", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 6 Nov 1994 08:49:37 GMT ", "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sojourn::http
