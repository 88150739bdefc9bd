#include "sojourn/domain/quantity.h"

#include <gtest/gtest.h>

namespace sojourn::domain::test {
namespace {

constexpr std::int64_t kKi = 1024;

TEST(Quantity, ReadsEveryFormOfKubernetesInThousandths) {
  struct Row {
    std::string_view text;
    std::int64_t milli;
  };
  for (const auto& [text, milli] : {Row{"0", 0},
                                    Row{"2", 2000},
                                    Row{"+2", 2000},
                                    Row{"500m", 500},
                                    Row{"0.5", 500},
                                    Row{".5", 500},
                                    Row{"5.", 5000},
                                    Row{"1.5G", 1'500'000'000'000},
                                    Row{"1k", 1'000'000},
                                    Row{"1M", 1'000'000'000},
                                    Row{"1T", 1'000'000'000'000'000},
                                    Row{"1e3", 1'000'000},
                                    Row{"1E3", 1'000'000},
                                    Row{"12e-1", 1200},
                                    Row{"1e+2", 100'000},
                                    Row{"1Ki", kKi * 1000},
                                    Row{"4Gi", 4 * kKi * kKi * kKi * 1000},
                                    Row{"1.5Mi", 3 * kKi * kKi * 500},
                                    Row{"1Ti", kKi * kKi * kKi * kKi * 1000},
                                    Row{"007", 7000},
                                    Row{"00000000000000000000007", 7000},
                                    Row{"0Ei", 0},
                                    Row{"0.0010", 1}}) {
    EXPECT_EQ(parse_milli_quantity(text), milli) << text;
  }
}

TEST(Quantity, RoundsUpWhatIsSmallerThanAThousandth) {
  for (const auto* text : {"1n", "1u", "0.0001", "1e-9", "999u", "0.00000000000000000000001"}) {
    EXPECT_EQ(parse_milli_quantity(text), 1) << text;
  }
  EXPECT_EQ(parse_milli_quantity("1000001n"), 2);
  EXPECT_EQ(parse_milli_quantity("0n"), 0);
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const auto* text :
       {"",     ".",     "+",      "m",    "-1",  "1.2.3", "1 Gi",  " 1",
        "1 ",   "1gi",   "1K",     "1mm",  "1e",  "1e+",   "1e1.5", "1e.5",
        "0e1x", "1e999", "1e-999", "0x10", "1,5", "one",   "1Gib",  "\xC2\xBD"}) {
    EXPECT_EQ(parse_milli_quantity(text), std::nullopt) << text;
  }
}

TEST(Quantity, RefusesWhatExceedsItsRangeInsteadOfWrapping) {
  EXPECT_EQ(parse_milli_quantity("9223372036854775807m"), std::nullopt);  // 19 digits
  EXPECT_EQ(parse_milli_quantity("922337203685477580m"), 922'337'203'685'477'580);
  EXPECT_EQ(parse_milli_quantity("9P"), 9'000'000'000'000'000'000);
  EXPECT_EQ(parse_milli_quantity("8Pi"), 9'007'199'254'740'992'000);
  for (const auto* text : {"10P", "9Pi", "1E", "1Ei", "1e16", "99999999999999999999", "1e99",
                           "999999999999999999Ei"}) {
    EXPECT_EQ(parse_milli_quantity(text), std::nullopt) << text;
  }
}

TEST(Quantity, CoresAreWrittenWholeOrInThousandths) {
  EXPECT_EQ(format_milli(0), "0");
  EXPECT_EQ(format_milli(250), "250m");
  EXPECT_EQ(format_milli(1000), "1");
  EXPECT_EQ(format_milli(1500), "1500m");
}

TEST(Quantity, BytesAreWrittenInTheLargestUnitThatIsExact) {
  struct Row {
    std::int64_t bytes;
    std::string_view text;
  };
  for (const auto& [bytes, text] :
       {Row{0, "0"}, Row{1000, "1000"}, Row{kKi, "1Ki"}, Row{kKi + 1, "1025"},
        Row{3 * kKi * kKi, "3Mi"}, Row{kKi * kKi * kKi, "1Gi"}, Row{2048 * kKi * kKi, "2Gi"}}) {
    EXPECT_EQ(format_bytes(bytes * 1000), text);
  }
  EXPECT_EQ(format_bytes(1), "1");  // no byte is lost by rounding
  EXPECT_EQ(format_bytes(1001), "2");
}

TEST(Quantity, WhatIsWrittenReadsBackAsTheSame) {
  for (const std::int64_t milli : {1LL, 250LL, 1000LL, 123'456LL, 4'294'967'296'000LL}) {
    EXPECT_EQ(parse_milli_quantity(format_milli(milli)), milli);
  }
  for (const std::int64_t bytes : {1LL, 1024LL, 1'000'000LL, 4'294'967'296LL}) {
    EXPECT_EQ(parse_milli_quantity(format_bytes(bytes * 1000)), bytes * 1000);
  }
}

}  // namespace
}  // namespace sojourn::domain::test
