#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/result.h"

namespace sojourn::api {

// A Kubernetes Status: how the API server says that a call failed, as the body of an answer or as
// the object of a watch's ERROR line.
struct ApiStatus {
  int code = 0;                     // as the HTTP status; 0 when absent
  std::string reason;               // "AlreadyExists", "Expired", ...
  std::string message;              // for people
  std::vector<std::string> causes;  // details.causes[].reason: "FieldValueInvalid", ...
  std::optional<int> retry_after_seconds;
  friend bool operator==(const ApiStatus&, const ApiStatus&) = default;
};

// Errors: Malformed, when the text is not a Status (a proxy's page, for one).
Result<ApiStatus> decode_api_status(std::string_view json);

}  // namespace sojourn::api
