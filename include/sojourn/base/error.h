#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn {

// What kind of failure an operation met. The API server's answers and the transport's failures map
// to one closed list, so that one function decides what is worth trying again (see retryable()).
enum class ErrorCode {
  Cancelled,         // the caller asked to stop
  DeadlineExceeded,  // no answer in time; a write may have been carried out all the same
  Unavailable,       // not connected, connection lost, 5xx; a write may have been carried out
  TooManyRequests,   // 429, or 503 with Retry-After: wait `retry_after`
  Unauthorized,      // 401
  Forbidden,         // 403, quota and admission refusals included (see `reason` and `message`)
  NotFound,          // 404
  AlreadyExists,     // 409 with reason AlreadyExists
  Conflict,          // 409: the precondition (resourceVersion, uid) no longer holds
  Gone,              // 410: the resourceVersion or continue token has expired
  Invalid,           // 400 or 422: the server refuses the content
  TooLarge,          // an answer over our size limit, or 413
  Malformed,         // bytes that do not decode
  Configuration,     // a file, flag or environment variable a person must mend
  Internal,          // a broken promise of our own code
};

std::string_view to_string(ErrorCode code);

// A failure. `message` is one plain sentence that names the operation and the object.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
  // The `reason` of a Kubernetes Status ("AlreadyExists", "Forbidden") or its first cause
  // ("NamespaceTerminating"); empty when the failure is not the API server's.
  std::string reason = {};
  // From a Retry-After header.
  std::optional<std::chrono::seconds> retry_after = {};
};

// True when the same request may succeed later without anybody changing its content. The only place
// where that is decided.
bool retryable(const Error& error);

// The same error with `context` put in front: "create Pod a/b: connection refused".
Error with_context(std::string_view context, Error error);

}  // namespace sojourn
