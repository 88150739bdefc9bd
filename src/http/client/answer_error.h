#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sojourn/base/error.h"

namespace sojourn::http {

// Of the header of a response.
constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;

// Why an answer of `peer` is refused.
Error header_too_large(const std::string& peer);
Error not_http(const std::string& peer, std::string_view why);
// The same as an exception, to be thrown through a library.
struct NotHttp : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace sojourn::http
