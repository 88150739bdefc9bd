#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/lease.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Errors: Malformed, naming the path.
Result<Lease> decode_lease(std::string_view json);
// The whole Lease, for a POST, or with meta.resource_version for a PUT.
std::string encode_lease(const Lease& lease);

}  // namespace sojourn::api
