#pragma once

#include <cstddef>
#include <string>

#include "sojourn/base/result.h"

namespace sojourn {

// The whole content of a small file. Configuration when it cannot be read or holds more than
// `max_bytes`; the message names the path.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace sojourn
