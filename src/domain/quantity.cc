#include "sojourn/domain/quantity.h"

#include <array>
#include <limits>

namespace sojourn::domain {
namespace {

__extension__ using Wide = __int128;  // every exact product below fits

struct Suffix {
  std::string_view text;
  std::int64_t base;
  int exponent;  // of the base, in thousandths: "" is 1000^1
};

// https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
constexpr std::array kSuffixes{
    Suffix{"n", 10, -6}, Suffix{"u", 10, -3}, Suffix{"m", 10, 0},  Suffix{"", 10, 3},
    Suffix{"k", 10, 6},  Suffix{"M", 10, 9},  Suffix{"G", 10, 12}, Suffix{"T", 10, 15},
    Suffix{"P", 10, 18}, Suffix{"E", 10, 21}, Suffix{"Ki", 2, 10}, Suffix{"Mi", 2, 20},
    Suffix{"Gi", 2, 30}, Suffix{"Ti", 2, 40}, Suffix{"Pi", 2, 50}, Suffix{"Ei", 2, 60}};

constexpr Wide kLimit = std::numeric_limits<std::int64_t>::max();

// value · base^exponent, rounded up; nothing when it exceeds kLimit.
std::optional<Wide> scale(Wide value, std::int64_t base, int exponent) {
  for (; exponent > 0 && value <= kLimit; --exponent) value *= base;
  for (; exponent < 0; ++exponent) value = (value + base - 1) / base;
  if (value > kLimit) return std::nullopt;
  return value;
}

struct Decimal {
  Wide digits = 0;
  int fraction_digits = 0;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
  constexpr int kMostDigits = 18;
  Decimal number;
  int digits = 0;
  bool point = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      if (number.digits != 0 && ++digits > kMostDigits) return std::nullopt;
      number.digits = number.digits * 10 + (c - '0');
      digits += digits == 0 ? 1 : 0;
      number.fraction_digits += point ? 1 : 0;
    } else {
      break;
    }
  }
  if (digits == 0) return std::nullopt;
  return number;
}

// `text` begins with e or E, and something follows.
std::optional<int> take_exponent(std::string_view text) {
  text.remove_prefix(1);
  int sign = 1;
  if (text.front() == '+' || text.front() == '-') {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 2) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return sign * value;
}

}  // namespace

std::optional<std::int64_t> parse_milli_quantity(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto number = take_decimal(text);
  if (!number) return std::nullopt;
  std::optional<Wide> value;
  if (text.size() > 1 && (text.front() == 'e' || text.front() == 'E') && text != "Ei") {
    const auto exponent = take_exponent(text);
    if (!exponent) return std::nullopt;
    value = scale(number->digits, 10, *exponent + 3 - number->fraction_digits);
  } else {
    for (const auto& suffix : kSuffixes) {
      if (suffix.text != text) continue;
      if (suffix.base == 10) {
        value = scale(number->digits, 10, suffix.exponent - number->fraction_digits);
      } else if (const auto thousandths = scale(number->digits * 1000, 2, suffix.exponent)) {
        value = scale(*thousandths, 10, -number->fraction_digits);
      }
    }
  }
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::string format_milli(std::int64_t milli) {
  return milli % 1000 == 0 ? std::to_string(milli / 1000) : std::to_string(milli) + "m";
}

std::string format_bytes(std::int64_t milli_bytes) {
  const std::int64_t bytes = (milli_bytes + 999) / 1000;
  for (const auto& [shift, suffix] : {std::pair{30, "Gi"}, {20, "Mi"}, {10, "Ki"}}) {
    if (bytes != 0 && bytes % (std::int64_t{1} << shift) == 0) {
      return std::to_string(bytes >> shift) + suffix;
    }
  }
  return std::to_string(bytes);
}

}  // namespace sojourn::domain
