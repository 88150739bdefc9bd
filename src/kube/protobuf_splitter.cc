#include "sojourn/kube/protobuf_splitter.h"

#include <algorithm>
#include <optional>

#include "kube/hold.h"
#include "sojourn/api/protobuf/envelope.h"

namespace sojourn::kube {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kMaxMetaBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxVarintBytes = 10;

// Field numbers of runtime.Unknown and of every list.
constexpr std::uint32_t kRaw = 2;
constexpr std::uint32_t kListMeta = 1;
constexpr std::uint32_t kItems = 2;

// The wire types of protobuf's encoding.
enum class WireType : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

Error malformed() {
  return {ErrorCode::Malformed, "the list is not well-formed protobuf"};
}

// Takes a varint off the beginning of `text`; nothing when its end is not there.
std::optional<std::uint64_t> take_varint(std::string_view& text) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < std::min(text.size(), kMaxVarintBytes); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    text.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

// The beginning of a field: its number, and how many bytes its value has behind it.
struct Head {
  std::uint32_t number = 0;
  std::uint64_t length = 0;
};

// Nothing as long as the head is not whole. Malformed for a wire type that protobuf 3 lacks.
Result<std::optional<Head>> read_head(std::string_view text) {
  const auto tag = take_varint(text);
  if (!tag) return std::optional<Head>();
  Head head{.number = static_cast<std::uint32_t>(*tag >> 3), .length = 0};
  switch (static_cast<WireType>(*tag & 7)) {
    case WireType::Fixed64:
      head.length = 8;
      return std::optional(head);
    case WireType::Fixed32:
      head.length = 4;
      return std::optional(head);
    case WireType::Varint:
    case WireType::Bytes: {
      const auto value = take_varint(text);
      if (!value) return std::optional<Head>();
      if (static_cast<WireType>(*tag & 7) == WireType::Bytes) head.length = *value;
      return std::optional(head);
    }
  }
  return malformed();
}

}  // namespace

Result<void> FrameSplitter::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    if (length_bytes_ < kLengthBytes) {
      chunk.remove_prefix(in_length(chunk));
      continue;
    }
    const auto used = in_frame(chunk);
    if (!used) return used.error();
    chunk.remove_prefix(*used);
  }
  return {};
}

std::size_t FrameSplitter::in_length(std::string_view rest) {
  left_ = left_ << 8 | static_cast<unsigned char>(rest.front());
  // An empty frame says nothing.
  if (++length_bytes_ == kLengthBytes && left_ == 0) length_bytes_ = 0;
  return 1;
}

Result<std::size_t> FrameSplitter::in_frame(std::string_view rest) {
  const auto part = rest.substr(0, left_);
  left_ -= part.size();
  if (left_ > 0) {
    if (!append_up_to(held_, part, max_bytes_)) cut_ = true;
    return part.size();
  }
  length_bytes_ = 0;
  if (auto done = hand_out(on_frame_, held_, part, max_bytes_, cut_); !done) return done.error();
  return part.size();
}

Result<void> MessageSplitter::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    Result<std::size_t> used = std::size_t{1};
    switch (place_) {
      case Place::Magic:
        if (auto fits = in_magic(chunk.front()); !fits) return fits;
        break;
      case Place::Head:
        if (auto fits = in_head(chunk.front()); !fits) return fits;
        break;
      case Place::Value:
        used = in_value(chunk);
        break;
    }
    if (!used) return used.error();
    chunk.remove_prefix(*used);
  }
  return {};
}

Result<void> MessageSplitter::in_magic(char byte) {
  head_ += byte;
  if (!api::kProtobufMagic.starts_with(head_)) return malformed();
  if (head_.size() < api::kProtobufMagic.size()) return {};
  head_.clear();
  place_ = Place::Head;
  return {};
}

Result<void> MessageSplitter::in_head(char byte) {
  head_ += byte;
  if (in_list_) --list_left_;
  const auto head = read_head(head_);
  if (!head) return head.error();
  if (!*head) {
    const bool too_long = head_.size() >= 2 * kMaxVarintBytes || (in_list_ && list_left_ == 0);
    return too_long ? Result<void>(malformed()) : Result<void>();
  }
  head_.clear();
  return begin_value((*head)->number, (*head)->length);
}

Result<void> MessageSplitter::begin_value(std::uint32_t number, std::uint64_t length) {
  if (in_list_ && length > list_left_) return malformed();
  if (!in_list_ && number == kRaw) {
    met_list_ = true;
    list_left_ = length;
    in_list_ = length > 0;
    return {};
  }
  use_ = Use::Skip;
  if (in_list_ && number == kListMeta) use_ = Use::Meta;
  if (in_list_ && number == kItems) use_ = Use::Item;
  if (use_ == Use::Meta && length > kMaxMetaBytes) {
    return Error{ErrorCode::TooLarge, "the list carries more than 1 MiB beside its items"};
  }
  value_left_ = length;
  place_ = Place::Value;
  return length > 0 ? Result<void>() : end_value({});
}

Result<std::size_t> MessageSplitter::in_value(std::string_view rest) {
  const auto part = rest.substr(0, std::min<std::uint64_t>(rest.size(), value_left_));
  value_left_ -= part.size();
  if (in_list_) list_left_ -= part.size();
  if (value_left_ > 0) {
    if (use_ == Use::Meta) meta_ += part;
    if (use_ == Use::Item && !append_up_to(held_, part, max_bytes_)) cut_ = true;
    return part.size();
  }
  if (auto done = end_value(part); !done) return done.error();
  return part.size();
}

Result<void> MessageSplitter::end_value(std::string_view end) {
  place_ = Place::Head;
  if (in_list_ && list_left_ == 0) in_list_ = false;
  switch (use_) {
    case Use::Skip:
      return {};
    case Use::Meta:
      meta_ += end;
      return {};
    case Use::Item:
      return hand_out(on_item_, held_, end, max_bytes_, cut_);
  }
  return {};
}

Result<std::string> MessageSplitter::finish() {
  if (place_ != Place::Head || !head_.empty() || in_list_ || !met_list_) {
    return Error{ErrorCode::Malformed, "the list ends too early"};
  }
  return std::move(meta_);
}

}  // namespace sojourn::kube
