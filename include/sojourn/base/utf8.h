#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sojourn {

// Length of the valid UTF-8 sequence at the start of `text`, or 0. Overlong forms, surrogates and
// values past U+10FFFF are invalid (RFC 3629). `text` must not be empty.
std::size_t utf8_length(std::string_view text);

// Appends a code point up to U+10FFFF that is no surrogate.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace sojourn
