#include "api/json/json_tree.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "sojourn/base/json_cursor.h"
#include "sojourn/base/utf8.h"

namespace sojourn::api {
namespace {

constexpr std::size_t kMaxBytes = 3 * 1024 * 1024;
constexpr int kMaxDepth = 64;
constexpr int kMaxMembers = 10'000;

// Who wrote which field when: half of many objects, and nothing of it is ever read.
constexpr std::string_view kUnread = "managedFields";
constexpr int kUnreadDepth = 2;  // a member of `metadata`

// What stands for itself in a text, in one byte.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool is_plain(char c) {
  return kPlain[static_cast<unsigned char>(c)];
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The four hexadecimal digits at the start of `text`.
std::optional<std::uint32_t> hex_code(std::string_view text) {
  std::uint32_t code = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  return error == std::errc{} && end == text.data() + 4 ? std::optional(code) : std::nullopt;
}

// Whether a number, which is well-formed, is one that a double can hold.
bool is_finite(std::string_view number) {
  constexpr std::size_t kAlwaysFinite = 300;  // digits without an exponent
  if (number.size() <= kAlwaysFinite && number.find_first_of("eE") == std::string_view::npos) {
    return true;
  }
  return std::isfinite(std::strtod(std::string(number).c_str(), nullptr));
}

bool is_high_surrogate(std::uint32_t code) {
  return code >= 0xD800 && code <= 0xDBFF;
}
bool is_low_surrogate(std::uint32_t code) {
  return code >= 0xDC00 && code <= 0xDFFF;
}

// What the escape at the start of `text`, after its backslash, stands for. Size 0: it is none.
struct Escape {
  std::uint32_t code_point = 0;
  std::size_t size = 0;
};

Escape read_unicode_escape(std::string_view text) {
  const auto first = hex_code(text.substr(1));
  if (!first || is_low_surrogate(*first)) return {};
  if (!is_high_surrogate(*first)) return {*first, 5};
  if (text.substr(5, 2) != "\\u") return {};
  const auto second = hex_code(text.substr(7));
  if (!second || !is_low_surrogate(*second)) return {};
  return {0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00), 11};
}

Escape read_escape(std::string_view text) {
  if (text.empty()) return {};
  switch (text.front()) {
    case '"':
    case '\\':
    case '/':
      return {static_cast<std::uint32_t>(text.front()), 1};
    case 'b':
      return {'\b', 1};
    case 'f':
      return {'\f', 1};
    case 'n':
      return {'\n', 1};
    case 'r':
      return {'\r', 1};
    case 't':
      return {'\t', 1};
    case 'u':
      return read_unicode_escape(text);
    default:
      return {};
  }
}

}  // namespace

// Reads a text from its beginning to its end, once. Recurses as deep as the limit at most.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text), tree_(text) {}

  Result<JsonTree> build() {
    if (text_.size() > kMaxBytes) {
      return Error{ErrorCode::TooLarge, "the JSON text is larger than 3 MiB"};
    }
    tree_.rows_.reserve(text_.size() / 24 + 8);
    skip_space();
    const bool whole = value(0);
    if (limit_ != nullptr) return Error{ErrorCode::TooLarge, limit_};
    skip_space();
    if (!whole || at_ != text_.size()) {
      return Error{ErrorCode::Malformed,
                   "not a JSON text: it cannot be read on at byte " + std::to_string(at_)};
    }
    return std::move(tree_);
  }

 private:
  using Kind = JsonTree::Kind;

  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool take(char expected) {
    skip_space();
    if (here() != expected || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  JsonTree::Row open(Kind kind) {
    tree_.rows_.push_back({.from = static_cast<std::uint32_t>(at_), .kind = kind});
    return static_cast<JsonTree::Row>(tree_.rows_.size() - 1);
  }
  bool close(JsonTree::Row row) {
    tree_.rows_[row].to = static_cast<std::uint32_t>(at_);
    tree_.rows_[row].end = static_cast<JsonTree::Row>(tree_.rows_.size());
    return true;
  }

  bool value(int depth) {
    switch (here()) {
      case '{':
        return object(depth + 1);
      case '[':
        return list(depth + 1);
      case '"':
        return text();
      case 't':
        return word("true", Kind::True);
      case 'f':
        return word("false", Kind::False);
      case 'n':
        return word("null", Kind::Null);
      default:
        return number();
    }
  }

  bool may_nest(int depth) {
    if (depth > kMaxDepth) limit_ = "the JSON text is nested deeper than 64 levels";
    return depth <= kMaxDepth;
  }

  bool object(int depth) {
    if (!may_nest(depth)) return false;
    const auto row = open(Kind::Object);
    ++at_;
    if (take('}')) return close(row);
    do {
      skip_space();
      if (!member(depth)) return false;
    } while (take(','));
    return take('}') && close(row);
  }

  bool member(int depth) {
    if (++members_ > kMaxMembers) {
      limit_ = "the JSON text has more than 10,000 members";
      return false;
    }
    if (here() != '"') return false;
    const auto key = static_cast<JsonTree::Row>(tree_.rows_.size());
    if (!text() || !take(':')) return false;
    skip_space();
    if (depth != kUnreadDepth || tree_.source(key) != kUnread) return value(depth);
    tree_.rows_.pop_back();
    JsonCursor cursor(text_.substr(at_));
    const bool whole = cursor.skip_value(kMaxDepth - depth);
    at_ += cursor.position();
    return whole;
  }

  bool list(int depth) {
    if (!may_nest(depth)) return false;
    const auto row = open(Kind::List);
    ++at_;
    if (take(']')) return close(row);
    do {
      skip_space();
      if (!value(depth)) return false;
    } while (take(','));
    return take(']') && close(row);
  }

  bool text() {
    ++at_;
    const auto row = open(Kind::Text);
    while (true) {
      while (at_ < text_.size() && is_plain(text_[at_])) ++at_;
      if (at_ == text_.size()) return false;
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        close(row);
        ++at_;
        return true;
      }
      const std::size_t length = character(c, tree_.rows_[row].escaped);
      if (length == 0) return false;
      at_ += length;
    }
  }

  // The length of the character that begins with `c` here; 0 for what must not stand in a text.
  std::size_t character(unsigned char c, bool& escaped) const {
    if (c == '\\') {
      escaped = true;
      const std::size_t size = read_escape(text_.substr(at_ + 1)).size;
      return size == 0 ? 0 : size + 1;
    }
    return c < 0x20 ? 0 : utf8_length(text_.substr(at_));
  }

  bool word(std::string_view word, Kind kind) {
    if (text_.substr(at_, word.size()) != word) return false;
    const auto row = open(kind);
    at_ += word.size();
    return close(row);
  }

  bool digits() {
    const std::size_t start = at_;
    while (is_digit(here())) ++at_;
    return at_ > start;
  }

  // RFC 8259, section 6.
  bool number() {
    const auto row = open(Kind::Number);
    if (here() == '-') ++at_;
    if (here() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (here() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (here() == 'e' || here() == 'E') {
      ++at_;
      if (here() == '+' || here() == '-') ++at_;
      if (!digits()) return false;
    }
    return close(row) && is_finite(tree_.source(row));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  int members_ = 0;
  const char* limit_ = nullptr;  // the one that was exceeded
  JsonTree tree_;
};

Result<JsonTree> JsonTree::parse(std::string_view text) {
  return TreeBuilder(text).build();
}

std::string_view JsonTree::whole(Row row) const {
  const auto quote = static_cast<std::uint32_t>(kind(row) == Kind::Text);
  const Value& value = rows_[row];
  return text_.substr(value.from - quote, value.to - value.from + 2 * quote);
}

std::string JsonTree::text(Row row) const {
  std::string_view source = this->source(row);
  if (!rows_[row].escaped) return std::string(source);
  std::string text;
  text.reserve(source.size());
  while (!source.empty()) {
    const std::size_t plain = std::min(source.find('\\'), source.size());
    text += source.substr(0, plain);
    source.remove_prefix(plain);
    if (source.empty()) break;
    const Escape escape = read_escape(source.substr(1));
    append_utf8(text, escape.code_point);
    source.remove_prefix(escape.size + 1);
  }
  return text;
}

bool JsonTree::says(Row row, std::string_view text) const {
  return rows_[row].escaped ? this->text(row) == text : source(row) == text;
}

JsonTree::Row JsonTree::find(Row object, std::string_view key) const {
  Row found = kNone;
  for (Row at = begin(object); at != end(object); at = end(end(at))) {
    if (says(at, key)) found = end(at);
  }
  return found;
}

std::string JsonTree::path(Row row) const {
  std::string path;
  Row at = kRoot;
  while (at != row) {
    const bool is_object = kind(at) == Kind::Object;
    Row child = begin(at);
    std::size_t index = 0;
    // The child that holds the row, or is it.
    while (row >= (is_object ? end(end(child)) : end(child))) {
      child = is_object ? end(end(child)) : end(child);
      ++index;
    }
    if (is_object) {
      if (!path.empty()) path += '.';
      path += text(child);
      child = end(child);
    } else {
      path += "[" + std::to_string(index) + "]";
    }
    at = child;
  }
  return path;
}

}  // namespace sojourn::api
