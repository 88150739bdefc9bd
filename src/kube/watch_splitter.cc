#include "sojourn/kube/watch_splitter.h"

#include "sojourn/api/protobuf/envelope.h"

namespace sojourn::kube {

Result<void> WatchSplitter::feed(std::string_view chunk) {
  if (chunk.empty()) return {};
  if (std::holds_alternative<std::monostate>(splitter_)) {
    if (chunk.front() == '\0') {
      splitter_.emplace<FrameSplitter>(
          [this](std::string_view frame, bool cut) { return on_frame(frame, cut); });
    } else {
      splitter_.emplace<LineSplitter>(
          [this](std::string_view line, bool cut) { return on_line(line, cut); });
    }
  }
  if (auto* frames = std::get_if<FrameSplitter>(&splitter_)) return frames->feed(chunk);
  return std::get<LineSplitter>(splitter_).feed(chunk);
}

Result<void> WatchSplitter::on_line(std::string_view line, bool cut) {
  const auto parts = split_watch_line(line);
  if (!parts) return on_event_(parts.error());
  return on_event_(WatchEvent{parts->type, {parts->object, Encoding::Json, cut}});
}

Result<void> WatchSplitter::on_frame(std::string_view frame, bool cut) {
  if (cut) return Error{ErrorCode::Gone, "an event of the watch is too large to be read"};
  const auto event = api::decode_watch_event_message(frame);
  if (!event) return on_event_(event.error());
  return on_event_(WatchEvent{event->type, {event->object.object, Encoding::Protobuf}});
}

}  // namespace sojourn::kube
