#include "sojourn/base/error.h"

namespace sojourn {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::Cancelled:
      return "Cancelled";
    case ErrorCode::DeadlineExceeded:
      return "DeadlineExceeded";
    case ErrorCode::Unavailable:
      return "Unavailable";
    case ErrorCode::TooManyRequests:
      return "TooManyRequests";
    case ErrorCode::Unauthorized:
      return "Unauthorized";
    case ErrorCode::Forbidden:
      return "Forbidden";
    case ErrorCode::NotFound:
      return "NotFound";
    case ErrorCode::AlreadyExists:
      return "AlreadyExists";
    case ErrorCode::Conflict:
      return "Conflict";
    case ErrorCode::Gone:
      return "Gone";
    case ErrorCode::Invalid:
      return "Invalid";
    case ErrorCode::TooLarge:
      return "TooLarge";
    case ErrorCode::Malformed:
      return "Malformed";
    case ErrorCode::Configuration:
      return "Configuration";
    case ErrorCode::Internal:
      return "Internal";
  }
  return "Internal";
}

bool retryable(const Error& error) {
  switch (error.code) {
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::Unavailable:
    case ErrorCode::TooManyRequests:
    case ErrorCode::Unauthorized:  // a rotated token is read again within a minute
    case ErrorCode::Conflict:
    case ErrorCode::AlreadyExists:
    case ErrorCode::Gone:
      return true;
    case ErrorCode::Cancelled:
    case ErrorCode::Forbidden:
    case ErrorCode::NotFound:
    case ErrorCode::Invalid:
    case ErrorCode::TooLarge:
    case ErrorCode::Malformed:
    case ErrorCode::Configuration:
    case ErrorCode::Internal:
      return false;
  }
  return false;
}

Error with_context(std::string_view context, Error error) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

}  // namespace sojourn
