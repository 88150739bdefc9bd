#pragma once

#include <string>
#include <string_view>

namespace sojourn {

// `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace sojourn
