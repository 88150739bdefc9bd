#pragma once

#include <string_view>

#include "sojourn/api/pod.h"

namespace sojourn::api {

// Both throw as FieldReader does.
PodStatus read_pod_status(std::string_view message);
PodPhase read_pod_phase(std::string_view status_message);

}  // namespace sojourn::api
