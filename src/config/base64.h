#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::config {

// Decodes standard base64 with its padding (RFC 4648 §4), line breaks and spaces skipped. Nothing
// for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace sojourn::config
