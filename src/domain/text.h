#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"

namespace sojourn::domain {

// `text` as one line of at most 512 bytes, cut at a character and marked with "...".
std::string one_line(std::string_view text);

// "text", for names that people wrote.
std::string quoted(std::string_view text);

// Objects carry whole seconds: what is written now reads back as this.
inline Time truncate(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}
// For deadlines, so that none is early.
inline Time round_up(Time time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

}  // namespace sojourn::domain
