#pragma once

#include <string_view>

#include "sojourn/api/pod.h"
#include "sojourn/api/pod_mounts.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// A message Pod of k8s.io/api/core/v1. Errors: Malformed.
Result<Pod> decode_pod_message(std::string_view message);
Result<PodMounts> decode_pod_mounts_message(std::string_view message);

}  // namespace sojourn::api
