#include "http/wire/http_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace sojourn::http {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
// Where each part of "Sun, 06 Nov 1994 08:49:37 GMT" begins.
constexpr std::size_t kDay = 5, kMonth = 8, kYear = 12, kHour = 17, kMinute = 20, kSecond = 23;
constexpr std::string_view kShape = "aaa, dd aaa dddd dd:dd:dd GMT";

bool has_shape(std::string_view text) {
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : kShape[i] != 'a' && kShape[i] != text[i]) return false;
  }
  return true;
}

int number(std::string_view text, std::size_t from, std::size_t digits) {
  int value = 0;
  std::from_chars(text.data() + from, text.data() + from + digits, value);
  return value;
}

}  // namespace

std::string format_http_date(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{sys_days{day}};
  const hh_mm_ss<seconds> clock{floor<seconds>(time - day)};
  std::array<char, 80> text{};
  std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[weekday{sys_days{day}}.c_encoding()].data(), static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<Time> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  if (!has_shape(text)) return std::nullopt;
  const auto name = std::find(kMonths.begin(), kMonths.end(), text.substr(kMonth, 3));
  if (name == kMonths.end()) return std::nullopt;
  const year_month_day date{year{number(text, kYear, 4)},
                            month{static_cast<unsigned>(name - kMonths.begin()) + 1},
                            day{static_cast<unsigned>(number(text, kDay, 2))}};
  const int hour = number(text, kHour, 2);
  const int minute = number(text, kMinute, 2);
  const int second = number(text, kSecond, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Time{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second};
}

std::optional<std::chrono::seconds> parse_retry_after(const std::string& text,
                                                      std::optional<Time> date) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) {
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(seconds);
  }
  const auto until = parse_http_date(text);
  if (!until || !date || *until < *date) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*until - *date);
}

}  // namespace sojourn::http
