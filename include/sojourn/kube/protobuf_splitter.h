#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sojourn/base/result.h"
#include "sojourn/kube/splitter.h"

namespace sojourn::kube {

// Cuts a watch in protobuf into its frames: each is a length of four bytes, the highest first, and
// as many bytes behind it (apimachinery's serializer/streaming). Holds at most one frame of
// `max_bytes`. Not thread-safe.
class FrameSplitter {
 public:
  explicit FrameSplitter(PieceHandler on_frame, std::size_t max_bytes = kMaxItemBytes + 1024)
      : on_frame_(std::move(on_frame)), max_bytes_(max_bytes) {}

  // Hands out every frame that ends in `chunk`.
  Result<void> feed(std::string_view chunk);

 private:
  std::size_t in_length(std::string_view rest);
  Result<std::size_t> in_frame(std::string_view rest);

  const PieceHandler on_frame_;
  const std::size_t max_bytes_;
  std::size_t length_bytes_ = 0;  // how many of its four bytes have come
  std::size_t left_ = 0;          // of the frame
  std::string held_;              // the beginning of a frame whose end has not come yet
  bool cut_ = false;
};

// Cuts the body of a list in protobuf into its items and keeps its metadata. The body is the magic
// of api::kProtobufMagic and a message runtime.Unknown, whose field `raw` holds the list: a message
// with ListMeta in field 1 and the items in field 2, as every list of the API has them. Holds at
// most one item of `max_bytes`. Not thread-safe.
class MessageSplitter {
 public:
  explicit MessageSplitter(PieceHandler on_item, std::size_t max_bytes = kMaxItemBytes)
      : on_item_(std::move(on_item)), max_bytes_(max_bytes) {}

  // Malformed when the lengths do not fit into each other, TooLarge when the metadata exceeds
  // 1 MiB.
  Result<void> feed(std::string_view chunk);

  // The message ListMeta, once all of the body was fed. Malformed when its end is missing.
  Result<std::string> finish();

 private:
  // What the next bytes are.
  enum class Place { Magic, Head, Value };
  // What is done with the value of a field.
  enum class Use { Skip, Meta, Item };

  Result<void> in_magic(char byte);
  Result<void> in_head(char byte);
  Result<void> begin_value(std::uint32_t number, std::uint64_t length);
  Result<std::size_t> in_value(std::string_view rest);
  Result<void> end_value(std::string_view end);

  const PieceHandler on_item_;
  const std::size_t max_bytes_;
  Place place_ = Place::Magic;
  Use use_ = Use::Skip;
  bool in_list_ = false;  // within the field `raw`
  bool met_list_ = false;
  std::uint64_t list_left_ = 0;   // bytes of it that have not come yet
  std::uint64_t value_left_ = 0;  // bytes of the value that have not come yet
  std::string head_;              // of a field: its number, type and length as far as they came
  std::string meta_;
  std::string held_;  // the beginning of an item whose end has not come yet
  bool cut_ = false;
};

}  // namespace sojourn::kube
