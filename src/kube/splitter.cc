#include "sojourn/kube/splitter.h"

#include "kube/hold.h"

namespace sojourn::kube {
namespace {

constexpr std::size_t kMaxEnvelopeBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxKeyBytes = 16;  // longer than any key we look for

bool is_filler(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == ',';
}

}  // namespace

Result<void> LineSplitter::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    const std::size_t end = chunk.find('\n');
    if (end == std::string_view::npos) {
      keep(chunk);
      return {};
    }
    if (auto done = finish_line(chunk.substr(0, end)); !done) return done;
    chunk.remove_prefix(end + 1);
  }
  return {};
}

void LineSplitter::keep(std::string_view part) {
  if (!append_up_to(held_, part, max_bytes_)) cut_ = true;
}

Result<void> LineSplitter::finish_line(std::string_view end) {
  if (held_.empty() && end.empty()) return {};
  return hand_out(on_line_, held_, end, max_bytes_, cut_);
}

Result<void> ItemSplitter::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    Result<std::size_t> used = std::size_t{0};
    switch (place_) {
      case Place::Envelope:
        used = in_envelope(chunk);
        break;
      case Place::BetweenItems:
        used = between_items(chunk);
        break;
      case Place::Item:
        used = in_item(chunk);
        break;
    }
    if (!used) return used.error();
    chunk.remove_prefix(*used);
  }
  return {};
}

Result<std::size_t> ItemSplitter::in_envelope(std::string_view rest) {
  std::size_t at = 0;
  for (; at < rest.size() && place_ == Place::Envelope; ++at) {
    const char c = rest[at];
    envelope_ += c;
    if (in_string_) {
      const bool ends = c == '"' && !escaped_;
      escaped_ = c == '\\' && !escaped_;
      if (ends) in_string_ = false;
      if (!ends && depth_ == 1 && token_.size() < kMaxKeyBytes) token_ += c;
      continue;
    }
    if (c == '"') {
      in_string_ = true;
      if (depth_ == 1) token_.clear();
    } else if (c == ':' && depth_ == 1) {
      key_ = token_;
    } else if (c == '{' || c == '[') {
      if (c == '[' && depth_ == 1 && key_ == "items") place_ = Place::BetweenItems;
      ++depth_;
    } else if (c == '}' || c == ']') {
      if (--depth_ < 0) return Error{ErrorCode::Malformed, "the list is not well-formed JSON"};
    }
  }
  if (envelope_.size() > kMaxEnvelopeBytes) {
    return Error{ErrorCode::TooLarge, "the list carries more than 1 MiB beside its items"};
  }
  return at;
}

Result<std::size_t> ItemSplitter::between_items(std::string_view rest) {
  std::size_t at = 0;
  while (at < rest.size() && is_filler(rest[at])) ++at;
  if (at == rest.size()) return at;
  if (rest[at] == '}') return Error{ErrorCode::Malformed, "the list is not well-formed JSON"};
  place_ = rest[at] == ']' ? Place::Envelope : Place::Item;
  return at;
}

Result<std::size_t> ItemSplitter::in_item(std::string_view rest) {
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const char c = rest[at];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++item_depth_;
    } else if ((c == '}' || c == ']') && item_depth_ > 0) {
      if (--item_depth_ > 0) continue;
      if (auto done = finish_item(rest.substr(0, at + 1)); !done) return done.error();
      return at + 1;
    } else if (item_depth_ == 0 && (c == ',' || c == ']' || c == '}')) {
      // Not an object but a bare value: it ends before this byte.
      if (auto done = finish_item(rest.substr(0, at)); !done) return done.error();
      return at;
    }
  }
  keep(rest);
  return rest.size();
}

void ItemSplitter::keep(std::string_view part) {
  if (!append_up_to(held_, part, max_bytes_)) cut_ = true;
}

Result<void> ItemSplitter::finish_item(std::string_view end) {
  place_ = Place::BetweenItems;
  return hand_out(on_item_, held_, end, max_bytes_, cut_);
}

Result<std::string> ItemSplitter::finish() {
  if (place_ != Place::Envelope || depth_ != 0 || in_string_ || envelope_.empty()) {
    return Error{ErrorCode::Malformed, "the list ends too early"};
  }
  return std::move(envelope_);
}

}  // namespace sojourn::kube
