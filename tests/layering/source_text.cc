#include "tests/layering/source_text.h"

#include <cctype>

namespace sojourn::layering {
namespace {

bool is_word(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Walks over a file once and blanks what is not code. Line ends are always kept.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), out_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        blank_until("\n", 0);
      } else if (starts("/*")) {
        blank_until("*/", 2);
      } else if (starts("R\"") && !after_word()) {
        raw_string();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !after_word())) {
        literal(text_[at_]);
      } else {
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  // A ' after a digit separates digits; an R after a letter is part of a name.
  bool after_word() const { return at_ > 0 && is_word(text_[at_ - 1]); }

  void blank_to(std::size_t end) {
    for (; at_ < end && at_ < text_.size(); ++at_) {
      if (text_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void blank_until(std::string_view mark, std::size_t keep_of_mark) {
    const std::size_t found = text_.find(mark, at_ + keep_of_mark);
    blank_to(found == std::string_view::npos ? text_.size() : found + keep_of_mark);
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t end = text_.find(close, open);
    blank_to(end == std::string_view::npos ? text_.size() : end + close.size());
  }

  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    blank_to(end + 1);
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

// What follows `#word`, or nothing when the line is another one.
bool take_directive(std::string_view& line, std::string_view word) {
  line = trimmed(line);
  if (!line.starts_with('#')) return false;
  line = trimmed(line.substr(1));
  if (!line.starts_with(word)) return false;
  line = trimmed(line.substr(word.size()));
  return true;
}

}  // namespace

SourceText parse(std::string_view text) {
  SourceText source;
  source.code = lines_of(Blanker(text).run());
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // Blanked code decides whether the line is a directive at all; the file name itself looks like
    // a literal and comes from the line as written.
    std::string_view code = source.code[i];
    if (std::string_view rest = code; take_directive(rest, "pragma")) {
      source.has_pragma_once |= rest.starts_with("once");
    }
    if (!take_directive(code, "include")) continue;
    std::string_view written = lines[i];
    take_directive(written, "include");
    const char close = written.starts_with('<') ? '>' : '"';
    const std::size_t end = written.find(close, 1);
    if (end == std::string_view::npos) continue;
    source.includes.push_back(
        {static_cast<int>(i) + 1, std::string(written.substr(1, end - 1)), close == '"'});
  }
  return source;
}

}  // namespace sojourn::layering
