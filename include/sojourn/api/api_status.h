#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sojourn::api {

// A Kubernetes Status: how the API server says that a call failed, as the body of an answer or as
// the object of a watch's ERROR event.
struct ApiStatus {
  int code = 0;                     // as the HTTP status; 0 when absent
  std::string reason;               // "AlreadyExists", "Expired", ...
  std::string message;              // for people
  std::vector<std::string> causes;  // details.causes[].reason: "FieldValueInvalid", ...
  std::optional<int> retry_after_seconds;
  friend bool operator==(const ApiStatus&, const ApiStatus&) = default;
};

}  // namespace sojourn::api
