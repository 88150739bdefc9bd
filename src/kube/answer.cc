#include "kube/answer.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace sojourn::kube {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMessageBytes = 1024;

// The member of that name, or null when there is none or `object` is no object.
const json& member(const json& object, const char* name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

json parse_status(std::string_view body) {
  // An answer of the API server is shallow and small; anything else is no Status.
  if (body.size() > 64 * 1024) return {};
  bool too_deep = false;
  auto status = json::parse(
      body,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > 16;
        return !too_deep;
      },
      false);
  return status.is_discarded() || too_deep ? json() : status;
}

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

}  // namespace

Error error_of_status(int http_code, std::string_view body) {
  const json status = parse_status(body);
  const json& details = member(status, "details");
  const json& causes = member(details, "causes");
  Error error;
  error.message = text_of(member(status, "message"));
  if (error.message.empty()) {
    error.message = "the API server answered with HTTP status " + std::to_string(http_code);
  }
  if (error.message.size() > kMaxMessageBytes) error.message.resize(kMaxMessageBytes);
  error.reason = text_of(member(status, "reason"));
  error.code = code_of(http_code, error.reason);
  if (causes.is_array() && !causes.empty()) {
    auto cause = text_of(member(causes.front(), "reason"));
    if (!cause.empty()) error.reason = std::move(cause);
  }
  const json& delay = member(details, "retryAfterSeconds");
  if (delay.is_number_integer() && delay.get<std::int64_t>() > 0) {
    error.retry_after = std::chrono::seconds(delay.get<std::int64_t>());
  }
  return error;
}

Result<std::string> body_of(Response response) {
  if (response.status >= 200 && response.status < 300) return std::move(response.body);
  Error error = error_of_status(response.status, response.body);
  if (response.retry_after) error.retry_after = response.retry_after;
  // An overloaded server says 503 with the same header; waiting is the cure for both.
  if (response.status == 503 && error.retry_after) error.code = ErrorCode::TooManyRequests;
  return error;
}

int code_of_status(std::string_view body) {
  const json status = parse_status(body);
  const json& code = member(status, "code");
  return code.is_number_integer() ? code.get<int>() : 0;
}

}  // namespace sojourn::kube
