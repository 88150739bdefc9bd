#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/resource.h"

namespace sojourn::kube {

// Walks JSON byte by byte without building anything, so that the parts nobody decodes (half to four
// fifths of an item) cost neither memory nor time. All pure. What is skipped is checked for balance
// and depth only; what is kept the decoder checks.

inline constexpr std::size_t kMaxItemBytes = std::size_t{3} << 20;
inline constexpr int kMaxItemDepth = 64;

// The bytes of one object that its decoder needs. TooLarge over kMaxItemBytes, Malformed when
// nested deeper than kMaxItemDepth or not an object.
Result<std::string> reduce(std::string_view item, Keep keep);

// Who an item is. Members that cannot be found are empty.
struct Identity {
  std::string kind;
  ObjectKey key;
  std::string resource_version;
};

// As much as can be told, even from an item that is cut off, too deep or of odd types: so that one
// bad object can be named while the rest goes on.
Identity identify(std::string_view item);

// One line of a watch; views into the line.
struct WatchLine {
  std::string_view type;    // "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"
  std::string_view object;  // cut off when the line is
};

// Malformed when there is no type or no object.
Result<WatchLine> split_watch_line(std::string_view line);

}  // namespace sojourn::kube
