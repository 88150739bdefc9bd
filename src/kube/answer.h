#pragma once

#include <string>
#include <string_view>

#include "sojourn/base/error.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"

namespace sojourn::kube {

// The Error that a Kubernetes Status (as text) with that HTTP code stands for. A body that is no
// Status gives a message of its own.
Error error_of_status(int http_code, std::string_view body);

// The body of a 2xx answer; else the Error its Status stands for, Retry-After included.
Result<std::string> body_of(Response response);

// The `code` a Status carries, 0 if it carries none: for the ERROR lines of a watch.
int code_of_status(std::string_view body);

}  // namespace sojourn::kube
