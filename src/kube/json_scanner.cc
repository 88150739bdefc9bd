#include "sojourn/kube/json_scanner.h"

#include <limits>
#include <optional>

#include "sojourn/base/json_cursor.h"

namespace sojourn::kube {
namespace {

constexpr int kAnyDepth = std::numeric_limits<int>::max();

// The value at the cursor if it is a string without escapes; anything else is skipped.
bool read_plain(JsonCursor& cursor, std::string& out) {
  if (cursor.peek() != '"') return cursor.skip_value(kAnyDepth);
  const auto text = cursor.string();
  if (text && text->find('\\') == std::string_view::npos) out = *text;
  return text.has_value();
}

// A line as every API server writes it, without walking over its object.
std::optional<WatchLine> split_usual_line(std::string_view line) {
  constexpr std::string_view kBegin = R"({"type":")";
  constexpr std::string_view kMiddle = R"(","object":)";
  if (!line.starts_with(kBegin) || !line.ends_with('}')) return std::nullopt;
  const std::size_t type_end = line.find('"', kBegin.size());
  if (type_end == std::string_view::npos || !line.substr(type_end).starts_with(kMiddle)) {
    return std::nullopt;
  }
  const std::size_t begin = type_end + kMiddle.size();
  const auto object = line.substr(begin, line.size() - begin - 1);
  if (!object.starts_with('{') || !object.ends_with('}')) return std::nullopt;
  return WatchLine{line.substr(kBegin.size(), type_end - kBegin.size()), object};
}

}  // namespace

Identity identify(std::string_view item) {
  JsonCursor cursor(item);
  Identity identity;
  const auto on_meta = [&](std::string_view key) {
    if (key == "name") return read_plain(cursor, identity.key.name);
    if (key == "namespace") return read_plain(cursor, identity.key.namespace_);
    if (key == "resourceVersion") return read_plain(cursor, identity.resource_version);
    // The rest may be long and need not be walked.
    const bool found = !identity.kind.empty() && !identity.key.name.empty() &&
                       !identity.key.namespace_.empty() && !identity.resource_version.empty();
    return !found && cursor.skip_value(kAnyDepth);
  };
  bool met_meta = false;
  for_each_member(cursor, [&](std::string_view key) {
    if (key == "kind") return read_plain(cursor, identity.kind) && !met_meta;
    if (key != "metadata" || cursor.peek() != '{') return cursor.skip_value(kAnyDepth);
    met_meta = true;
    // The server writes kind first: what follows need not be walked.
    return for_each_member(cursor, on_meta) && identity.kind.empty();
  });
  return identity;
}

Result<WatchLine> split_watch_line(std::string_view line) {
  if (const auto parts = split_usual_line(line)) return *parts;
  JsonCursor cursor(line);
  WatchLine parts;
  for_each_member(cursor, [&](std::string_view key) {
    if (key == "type") {
      const auto text = cursor.string();
      parts.type = text.value_or(std::string_view{});
      return text.has_value();
    }
    cursor.peek();
    const std::size_t start = cursor.position();
    const bool whole = cursor.skip_value(kAnyDepth);
    if (key == "object") parts.object = cursor.text_from(start);
    return whole;
  });
  if (parts.type.empty() || parts.object.empty()) {
    return Error{ErrorCode::Malformed, "a line of the watch carries no type or no object"};
  }
  return parts;
}

}  // namespace sojourn::kube
