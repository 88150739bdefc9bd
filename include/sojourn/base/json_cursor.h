#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sojourn {

// A position in JSON text, which must outlive it. Every reader returns false (or nothing) at the
// first byte that does not fit and leaves the position there.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  std::size_t position() const { return at_; }
  std::string_view text_from(std::size_t start) const { return text_.substr(start, at_ - start); }
  // The next byte that is not white space, or 0 at the end.
  char peek();
  bool literal(char expected);
  // The content of a string as written, escapes and all.
  std::optional<std::string_view> string();
  // Any value with at most `max_depth` containers within each other. That what is skipped is well
  // formed in more than its brackets and quotes is not looked at.
  bool skip_value(int max_depth);

 private:
  bool skip_container(int max_depth);

  std::string_view text_;
  std::size_t at_ = 0;
};

// Walks the members of the object at the cursor, calling `on_member(key)` with the cursor at the
// value; it must consume the value and returns false to give up.
template <typename OnMember>
bool for_each_member(JsonCursor& cursor, OnMember on_member) {
  if (!cursor.literal('{')) return false;
  if (cursor.peek() == '}') return cursor.literal('}');
  while (true) {
    const auto key = cursor.string();
    if (!key || !cursor.literal(':') || !on_member(*key)) return false;
    if (cursor.peek() != ',') return cursor.literal('}');
    cursor.literal(',');
  }
}

}  // namespace sojourn
