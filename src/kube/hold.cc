#include "kube/hold.h"

#include <algorithm>

namespace sojourn::kube {

bool append_up_to(std::string& held, std::string_view part, std::size_t max_bytes) {
  const std::size_t room = max_bytes - std::min(held.size(), max_bytes);
  held += part.substr(0, room);
  return part.size() <= room;
}

Result<void> hand_out(const PieceHandler& handler, std::string& held, std::string_view end,
                      std::size_t max_bytes, bool& cut) {
  if (held.empty() && end.size() <= max_bytes) return handler(end, false);
  if (!append_up_to(held, end, max_bytes)) cut = true;
  auto done = handler(held, cut);
  held.clear();
  cut = false;
  return done;
}

}  // namespace sojourn::kube
