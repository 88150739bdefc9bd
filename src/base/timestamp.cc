#include "sojourn/base/timestamp.h"

#include <array>
#include <cstdio>

namespace sojourn {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::string format(Time time, bool with_micros) {
  const auto day = floor<days>(time);
  const year_month_day date{sys_days{day}};
  const hh_mm_ss<Duration> clock{time - day};
  std::array<char, 80> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(length));
  if (with_micros) {
    std::array<char, 32> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%06d",
                  static_cast<int>(clock.subseconds().count()));
    result += fraction.data();
  }
  return result + "Z";
}

// A cursor over the text; every reader returns false on a mismatch.
struct Reader {
  std::string_view text;

  bool literal(char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
  }
  bool number(std::size_t digits, int& value) {
    if (text.size() < digits) return false;
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text[i] < '0' || text[i] > '9') return false;
      value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return true;
  }
  bool fraction(Duration& value) {
    if (!literal('.')) return true;
    int scale = 100'000;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      value += Duration((text[digits] - '0') * scale);
      scale /= 10;
    }
    text.remove_prefix(digits);
    return digits > 0;
  }
  bool offset(minutes& value) {
    if (literal('Z') || literal('z')) return text.empty();
    if (text.empty()) return false;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!literal('+') && !literal('-')) return false;
    int hour = 0;
    int minute = 0;
    if (!number(2, hour) || !literal(':') || !number(2, minute) || hour > 23 || minute > 59) {
      return false;
    }
    value = sign * minutes(hour * 60 + minute);
    return text.empty();
  }
};

}  // namespace

std::string format_timestamp(Time time) {
  return format(time, false);
}
std::string format_micro_timestamp(Time time) {
  return format(time, true);
}

std::optional<Time> parse_timestamp(std::string_view text) {
  Reader in{text};
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  Duration fraction{0};
  minutes offset{0};
  const bool read = in.number(4, year) && in.literal('-') && in.number(2, month) &&
                    in.literal('-') && in.number(2, day) && (in.literal('T') || in.literal('t')) &&
                    in.number(2, hour) && in.literal(':') && in.number(2, minute) &&
                    in.literal(':') && in.number(2, second) && in.fraction(fraction) &&
                    in.offset(offset);
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  // RFC 3339 allows a leap second; Go, and so the API server, does not.
  if (!read || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Time{sys_days{date}} + hours(hour) + minutes(minute) + seconds(second) + fraction - offset;
}

Time truncate_to_seconds(Time time) {
  return floor<seconds>(time);
}

}  // namespace sojourn
