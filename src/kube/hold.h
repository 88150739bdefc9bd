#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/splitter.h"

namespace sojourn::kube {

// Appends as much of `part` as fits; false when some of it did not.
bool append_up_to(std::string& held, std::string_view part, std::size_t max_bytes);

// Hands out a piece whose beginning may be held and whose `end` has come, and lets go of it. Nearly
// every piece lies within one chunk and is not copied.
Result<void> hand_out(const PieceHandler& handler, std::string& held, std::string_view end,
                      std::size_t max_bytes, bool& cut);

}  // namespace sojourn::kube
