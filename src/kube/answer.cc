#include "kube/answer.h"

#include <utility>

#include "sojourn/api/json/api_status_json.h"
#include "sojourn/api/protobuf/api_status_protobuf.h"
#include "sojourn/api/protobuf/envelope.h"

namespace sojourn::kube {
namespace {

constexpr std::size_t kMaxMessageBytes = 1024;

ErrorCode code_of(int http_code, std::string_view reason) {
  switch (http_code) {
    case 401:
      return ErrorCode::Unauthorized;
    case 403:
      return ErrorCode::Forbidden;
    case 404:
      return ErrorCode::NotFound;
    case 409:
      return reason == "AlreadyExists" ? ErrorCode::AlreadyExists : ErrorCode::Conflict;
    case 410:
      return ErrorCode::Gone;
    case 413:
      return ErrorCode::TooLarge;
    case 429:
      return ErrorCode::TooManyRequests;
    case 504:
      return ErrorCode::DeadlineExceeded;
    default:
      return http_code >= 500 ? ErrorCode::Unavailable : ErrorCode::Invalid;
  }
}

// The API server's authorizer says: User "u" cannot list resource "pods" in API group "" ...
bool is_of_rbac(std::string_view message) {
  const auto cannot = message.find(" cannot ");
  return cannot != std::string_view::npos &&
         message.find(" resource \"", cannot) != std::string_view::npos;
}

Error error_of(int http_code, api::ApiStatus status) {
  Error error;
  error.code = code_of(http_code, status.reason);
  error.message = std::move(status.message);
  if (error.message.empty()) {
    error.message = "the API server answered with HTTP status " + std::to_string(http_code);
  }
  if (error.message.size() > kMaxMessageBytes) error.message.resize(kMaxMessageBytes);
  error.reason = std::move(status.reason);
  if (!status.causes.empty() && !status.causes.front().empty()) {
    error.reason = std::move(status.causes.front());
  }
  if (error.code == ErrorCode::Forbidden && is_of_rbac(error.message)) {
    error.reason = kMissingPermission;
  }
  if (status.retry_after_seconds) {
    error.retry_after = std::chrono::seconds(*status.retry_after_seconds);
  }
  return error;
}

Result<api::ApiStatus> decode_status(const WireObject& status) {
  return status.encoding == Encoding::Protobuf ? api::decode_api_status_message(status.bytes)
                                               : api::decode_api_status(status.bytes);
}

// What it says; nothing for what is no Status, such as a proxy's page.
api::ApiStatus status_of(const WireObject& object) {
  auto status = decode_status(object);
  return status ? std::move(*status) : api::ApiStatus{};
}

api::ApiStatus status_in(std::string_view body) {
  if (!body.starts_with(api::kProtobufMagic)) return status_of({body});
  const auto envelope = api::open_envelope(body);
  return envelope ? status_of({envelope->object, Encoding::Protobuf}) : api::ApiStatus{};
}

}  // namespace

Error error_of_status(const WireObject& object) {
  api::ApiStatus status = status_of(object);
  const int code = status.code;
  return error_of(code, std::move(status));
}

Result<std::string> body_of(Response response) {
  if (response.status >= 200 && response.status < 300) return std::move(response.body);
  Error error = error_of(response.status, status_in(response.body));
  if (response.retry_after) error.retry_after = response.retry_after;
  // An overloaded server says 503 with the same header; waiting is the cure for both.
  if (response.status == 503 && error.retry_after) error.code = ErrorCode::TooManyRequests;
  return error;
}

}  // namespace sojourn::kube
