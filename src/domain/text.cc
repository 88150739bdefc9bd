#include "domain/text.h"

namespace sojourn::domain {

std::string one_line(std::string_view text) {
  constexpr std::size_t kMostBytes = 512;
  constexpr std::string_view kMark = "...";
  const bool cut = text.size() > kMostBytes;
  if (cut) {
    std::size_t end = kMostBytes - kMark.size();
    // Not in the middle of a UTF-8 sequence.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (cut) line += kMark;
  return line;
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace sojourn::domain
