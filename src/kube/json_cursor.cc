#include "kube/json_cursor.h"

namespace sojourn::kube {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
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
  while (true) {
    at_ = text_.find_first_of("\"\\", at_);
    if (at_ == std::string_view::npos) {
      at_ = text_.size();
      return std::nullopt;
    }
    if (text_[at_] == '"') return text_.substr(start, at_++ - start);
    at_ += 2;  // a backslash and what it escapes
  }
}

bool JsonCursor::skip_scalar() {
  if (peek() == '"') return string().has_value();
  const std::size_t start = at_;
  while (at_ < text_.size() && !is_space(text_[at_]) &&
         std::string_view(",:{}[]\"").find(text_[at_]) == std::string_view::npos) {
    ++at_;
  }
  return at_ > start;
}

bool JsonCursor::skip_value(int depth) {
  OpenBrackets open;
  do {
    const char c = peek();
    if (c == '{' || c == '[') {
      open.open(c);
      if (depth + open.depth() > max_depth_) return false;
      ++at_;
    } else if (c == '}' || c == ']') {
      if (open.depth() == 0 || !open.close(c)) return false;
      ++at_;
    } else if ((c == ',' || c == ':') && open.depth() > 0) {
      ++at_;  // where commas and colons stand is the decoder's business
    } else if (!skip_scalar()) {
      return false;
    }
  } while (open.depth() > 0);
  return true;
}

}  // namespace sojourn::kube
