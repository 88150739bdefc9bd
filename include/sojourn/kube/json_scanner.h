#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/resource.h"

namespace sojourn::kube {

// What can be told of an item or a line before it is decoded. All pure.

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
