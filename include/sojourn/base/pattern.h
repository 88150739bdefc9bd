#pragma once

#include <string_view>

#include "sojourn/base/result.h"

namespace sojourn {

// Whether the whole of `text` matches `pattern`, a regular expression in the syntax of RE2, which
// is also that of CRDs and of CEL. Takes time in proportion to the text, whatever the pattern.
// Errors: Invalid, for a pattern that cannot be read; the message says why. Thread-safe.
Result<bool> matches_whole(std::string_view pattern, std::string_view text);

}  // namespace sojourn
