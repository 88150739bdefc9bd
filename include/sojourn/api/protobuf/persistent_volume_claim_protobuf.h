#pragma once

#include <string_view>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// A message PersistentVolumeClaim of k8s.io/api/core/v1. Errors: Malformed.
Result<PersistentVolumeClaim> decode_persistent_volume_claim_message(std::string_view message);

}  // namespace sojourn::api
