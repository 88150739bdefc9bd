#pragma once

#include <string_view>

#include "sojourn/api/pod_mounts.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Errors: Malformed, naming the path.
Result<PodMounts> decode_pod_mounts(std::string_view json);

}  // namespace sojourn::api
