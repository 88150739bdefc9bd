#pragma once

#include <string_view>

#include "sojourn/api/api_status.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Errors: Malformed, when the text is not a Status (a proxy's page, for one).
Result<ApiStatus> decode_api_status(std::string_view json);

}  // namespace sojourn::api
