#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/kube/transport.h"
#include "tests/fake/api_server/kinds.h"

namespace sojourn::fake {

// One thing that is wrong with an object: field "spec.mode", message "Invalid value: …".
struct FieldError {
  std::string reason;  // "FieldValueInvalid", "FieldValueRequired", …
  std::string field;
  std::string message;
};

// The answers of the API server: a Kubernetes Status but for ok().
kube::Response ok(const nlohmann::json& object, int status = 200);
kube::Response bad_request(std::string message);
kube::Response not_found(const Kind& kind, std::string_view name);
kube::Response page_not_found();
kube::Response already_exists(const Kind& kind, std::string_view name);
kube::Response conflict(const Kind& kind, std::string_view name, std::string_view why);
kube::Response namespace_terminating(const Kind& kind, std::string_view name,
                                     std::string_view namespace_);
kube::Response invalid(const Kind& kind, std::string_view name,
                       const std::vector<FieldError>& errors);
kube::Response forbidden(const Kind& kind, std::string_view name, std::string_view why);
kube::Response unsupported_media_type();
kube::Response expired(std::string message);
kube::Response version_too_large(std::string_view wanted, std::string_view current);
// The answer to a DELETE of a kind that does not return the deleted object.
kube::Response deleted(const Kind& kind, std::string_view name, std::string_view uid);

// The Status that an expired watch carries in its ERROR line.
nlohmann::json expired_status(std::string message);

}  // namespace sojourn::fake
