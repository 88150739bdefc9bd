#pragma once

#include <string>
#include <string_view>

#include "sojourn/base/error.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"
#include "sojourn/kube/wire_object.h"

namespace sojourn::kube {

// The reason of an Error that says: RBAC does not allow this. Quota and admission refuse with 403
// as well, but for other reasons.
inline constexpr std::string_view kMissingPermission = "MissingPermission";

// The body of a 2xx answer; else the Error its Status stands for, Retry-After included.
Result<std::string> body_of(Response response);

// The Error that the Status of a watch's ERROR event stands for.
Error error_of_status(const WireObject& status);

}  // namespace sojourn::kube
