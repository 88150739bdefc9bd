#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <variant>

#include "sojourn/base/result.h"
#include "sojourn/kube/protobuf_splitter.h"
#include "sojourn/kube/splitter.h"
#include "sojourn/kube/wire_object.h"

namespace sojourn::kube {

// Views into the bytes that were fed.
struct WatchEvent {
  std::string_view type;  // "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"
  WireObject object;      // of an ERROR: a Status
};

// Takes the next event, or why one cannot be read. An error ends the watch and comes back from
// feed().
using WatchEventHandler = std::function<Result<void>(const Result<WatchEvent>& event)>;

// Cuts the body of a watch into its events, whether it comes as lines of JSON or as frames of
// protobuf: no line begins with a zero, and every frame does, for it is shorter than 16 MiB. Not
// thread-safe.
class WatchSplitter {
 public:
  explicit WatchSplitter(WatchEventHandler on_event) : on_event_(std::move(on_event)) {}

  // Gone for an event in protobuf that is too large to be read: a list names its object.
  Result<void> feed(std::string_view chunk);

 private:
  Result<void> on_line(std::string_view line, bool cut);
  Result<void> on_frame(std::string_view frame, bool cut);

  const WatchEventHandler on_event_;
  std::variant<std::monostate, LineSplitter, FrameSplitter> splitter_;  // known by the first byte
};

}  // namespace sojourn::kube
