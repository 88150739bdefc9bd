#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "sojourn/base/result.h"

namespace sojourn::kube {

// The largest object that is read.
inline constexpr std::size_t kMaxItemBytes = std::size_t{3} << 20;

// Takes one line or one item. The bytes are valid only during the call. `cut`: it was too long and
// only its beginning is here. An error ends the splitting and comes back from feed().
using PieceHandler = std::function<Result<void>(std::string_view piece, bool cut)>;

// Cuts a watch into its lines. Holds at most one line of `max_bytes`. Not thread-safe.
class LineSplitter {
 public:
  explicit LineSplitter(PieceHandler on_line, std::size_t max_bytes = kMaxItemBytes + 1024)
      : on_line_(std::move(on_line)), max_bytes_(max_bytes) {}

  // Hands out every line that ends in `chunk`; empty lines are skipped. A half line at the end of
  // the stream is never handed out.
  Result<void> feed(std::string_view chunk);

 private:
  Result<void> finish_line(std::string_view end);
  void keep(std::string_view part);

  const PieceHandler on_line_;
  const std::size_t max_bytes_;
  std::string held_;  // the beginning of a line whose end has not come yet
  bool cut_ = false;
};

// Cuts the body of a list ({..., "items":[...], ...}) into its items, wherever `items` stands in
// it, and keeps the rest. Holds at most one item of `max_bytes`. Not thread-safe.
class ItemSplitter {
 public:
  explicit ItemSplitter(PieceHandler on_item, std::size_t max_bytes = kMaxItemBytes)
      : on_item_(std::move(on_item)), max_bytes_(max_bytes) {}

  // Malformed when the brackets do not balance, TooLarge when the rest exceeds 1 MiB.
  Result<void> feed(std::string_view chunk);

  // The body with no items in it, once all of it was fed. Malformed when its end is missing.
  Result<std::string> finish();

 private:
  enum class Place { Envelope, BetweenItems, Item };

  Result<std::size_t> in_envelope(std::string_view rest);
  Result<std::size_t> between_items(std::string_view rest);
  Result<std::size_t> in_item(std::string_view rest);
  Result<void> finish_item(std::string_view end);
  void keep(std::string_view part);

  const PieceHandler on_item_;
  const std::size_t max_bytes_;
  Place place_ = Place::Envelope;
  bool in_string_ = false;
  bool escaped_ = false;
  int depth_ = 0;       // of the envelope
  int item_depth_ = 0;  // within the item
  std::string token_;   // the newest string on the envelope's first level, cut at a few bytes
  std::string key_;     // the newest of them that a colon followed
  std::string envelope_;
  std::string held_;  // the beginning of an item whose end has not come yet
  bool cut_ = false;
};

}  // namespace sojourn::kube
