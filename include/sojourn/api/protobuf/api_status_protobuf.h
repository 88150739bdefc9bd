#pragma once

#include <string_view>

#include "sojourn/api/api_status.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// A message Status of k8s.io/apimachinery/pkg/apis/meta/v1. Errors: Malformed.
Result<ApiStatus> decode_api_status_message(std::string_view message);

}  // namespace sojourn::api
