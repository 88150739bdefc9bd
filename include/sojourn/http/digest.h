#pragma once

#include <string>
#include <string_view>

namespace sojourn::http {

// The SHA-256 digest of `bytes` as 64 lower-case hexadecimal digits. Thread-safe.
std::string sha256_hex(std::string_view bytes);

}  // namespace sojourn::http
