#include "sojourn/kube/transport.h"

namespace sojourn::kube {

std::string_view to_string(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Post:
      return "POST";
    case Method::Put:
      return "PUT";
    case Method::Patch:
      return "PATCH";
    case Method::Delete:
      return "DELETE";
  }
  return "GET";
}

std::string_view accepted_types(const Request& request) {
  return request.protobuf ? "application/vnd.kubernetes.protobuf, application/json"
                          : "application/json";
}

}  // namespace sojourn::kube
