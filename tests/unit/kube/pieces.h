#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/kube/splitter.h"

namespace sojourn::kube {

// What a splitter handed out.
struct Pieces {
  std::vector<std::string> whole;
  std::vector<std::string> cut;

  PieceHandler handler() {
    return [this](std::string_view piece, bool is_cut) -> Result<void> {
      (is_cut ? cut : whole).emplace_back(piece);
      return {};
    };
  }
};

// Feeds `text` in chunks of `size` bytes.
template <typename Splitter>
Result<void> feed(Splitter& splitter, std::string_view text, std::size_t size) {
  for (std::size_t at = 0; at < text.size(); at += size) {
    if (auto fed = splitter.feed(text.substr(at, size)); !fed) return fed;
  }
  return {};
}

}  // namespace sojourn::kube
