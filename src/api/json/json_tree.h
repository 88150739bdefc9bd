#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/result.h"

namespace sojourn::api {

// A JSON text that was read within the limits for foreign input (3 MiB, depth 64, 10,000 members),
// as a flat table of its values in the order in which they stand. The table refers to the text,
// which must outlive it: texts are copied only for who asks, and what nobody asks for costs a row
// of 16 bytes. `metadata.managedFields`, half of many objects, is only walked over.
class JsonTree {
 public:
  // The row of a value in the table; the whole text is row 0.
  using Row = std::uint32_t;
  static constexpr Row kRoot = 0;
  static constexpr Row kNone = ~Row{0};

  enum class Kind : std::uint8_t { Null, True, False, Number, Text, List, Object };

  // Errors: TooLarge for a text over a limit, Malformed for what is not JSON, with its place.
  static Result<JsonTree> parse(std::string_view text);

  Kind kind(Row row) const { return rows_[row].kind; }
  // Of a list or object: its first item or key, its own end() when there is none.
  Row begin(Row row) const { return row + 1; }
  // The row after the value and all it holds: of a key its value, of a value the next key or item.
  Row end(Row row) const { return rows_[row].end; }
  // The value's text as it was written; of a Text what stands between its quotes, escapes and all.
  std::string_view source(Row row) const {
    return text_.substr(rows_[row].from, rows_[row].to - rows_[row].from);
  }
  // The same with the quotes of a Text.
  std::string_view whole(Row row) const;
  // What a Text says.
  std::string text(Row row) const;
  // Whether a Text says this.
  bool says(Row row, std::string_view text) const;
  // The value of an object's member, of the last one when several have that key; kNone: of none.
  Row find(Row object, std::string_view key) const;
  // How a person finds the value: "spec.agents[0].name"; empty for the whole.
  std::string path(Row row) const;

 private:
  friend class TreeBuilder;
  struct Value {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Row end = 0;
    Kind kind = Kind::Null;
    bool escaped = false;  // of a Text: holds a backslash
  };

  explicit JsonTree(std::string_view text) : text_(text) {}

  std::string_view text_;
  std::vector<Value> rows_;
};

}  // namespace sojourn::api
