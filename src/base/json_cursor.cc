#include "sojourn/base/json_cursor.h"

#include <array>
#include <cstdint>

namespace sojourn {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// What a byte outside of strings means to somebody who only walks over a value.
enum class Mark : std::uint8_t { Plain, Filler, Open, Close, Quote };

constexpr auto kMarks = [] {
  std::array<Mark, 256> marks{};
  const auto set = [&](std::string_view bytes, Mark mark) {
    for (const char c : bytes) marks[static_cast<unsigned char>(c)] = mark;
  };
  set(" \n\t\r,:", Mark::Filler);
  set("{[", Mark::Open);
  set("}]", Mark::Close);
  set("\"", Mark::Quote);
  return marks;
}();

Mark mark_of(char c) {
  return kMarks[static_cast<unsigned char>(c)];
}

// Which brackets are open: one bit each, an object's set. Deeper than 64 only the count is kept.
class OpenBrackets {
 public:
  int depth() const { return depth_; }
  void open(char bracket) {
    kinds_ = (kinds_ << 1) | (bracket == '{' ? 1U : 0U);
    ++depth_;
  }
  bool close(char bracket) {
    const bool fits = ((kinds_ & 1U) != 0) == (bracket == '}') || deepest_ > 64;
    kinds_ >>= 1;
    deepest_ = depth_ > deepest_ ? depth_ : deepest_;
    --depth_;
    return fits;
  }

 private:
  std::uint64_t kinds_ = 0;
  int depth_ = 0;
  int deepest_ = 0;
};

}  // namespace

char JsonCursor::peek() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonCursor::literal(char expected) {
  if (peek() != expected || at_ == text_.size()) return false;
  ++at_;
  return true;
}

std::optional<std::string_view> JsonCursor::string() {
  if (!literal('"')) return std::nullopt;
  const std::size_t start = at_;
  const char* const end = text_.data() + text_.size();
  for (const char* at = text_.data() + at_; at < end; ++at) {
    if (*at == '"') {
      at_ = static_cast<std::size_t>(at - text_.data()) + 1;
      return text_.substr(start, at_ - 1 - start);
    }
    if (*at == '\\') ++at;  // and what it escapes
  }
  at_ = text_.size();
  return std::nullopt;
}

bool JsonCursor::skip_value(int max_depth) {
  const char first = peek();
  if (first == '"') return string().has_value();
  if (first == '{' || first == '[') return skip_container(max_depth);
  const std::size_t start = at_;
  while (at_ < text_.size() && mark_of(text_[at_]) == Mark::Plain) ++at_;
  return at_ > start;
}

bool JsonCursor::skip_container(int max_depth) {
  OpenBrackets open;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    switch (mark_of(c)) {
      case Mark::Plain:
      case Mark::Filler:
        ++at_;  // where commas, colons and words stand is not looked at
        break;
      case Mark::Quote:
        if (!string()) return false;
        break;
      case Mark::Open:
        if (open.depth() == max_depth) return false;
        open.open(c);
        ++at_;
        break;
      case Mark::Close:
        if (!open.close(c)) return false;
        ++at_;
        if (open.depth() == 0) return true;
        break;
    }
  }
  return false;
}

}  // namespace sojourn
