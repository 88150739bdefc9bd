#include "sojourn/api/protobuf/api_status_protobuf.h"

#include "api/protobuf/decode_message.h"

namespace sojourn::api {
namespace {

// The numbers of k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto.
struct StatusField {
  enum : std::uint32_t { kMessage = 3, kReason = 4, kDetails = 5, kCode = 6 };
};
struct DetailsField {
  enum : std::uint32_t { kCauses = 4, kRetryAfterSeconds = 5 };
};
struct CauseField {
  enum : std::uint32_t { kReason = 1 };
};

void read_details(std::string_view message, ApiStatus& status) {
  for (FieldReader field(message); field.next();) {
    if (field.number() == DetailsField::kCauses) {
      status.causes.emplace_back(value_at(field.bytes(), CauseField::kReason));
    } else if (field.number() == DetailsField::kRetryAfterSeconds) {
      // Go writes a number that is not set as 0.
      if (const int seconds = field.small_integer(); seconds != 0) {
        status.retry_after_seconds = seconds;
      }
    }
  }
}

ApiStatus read_status(std::string_view message) {
  ApiStatus status;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case StatusField::kMessage:
        status.message = field.text();
        break;
      case StatusField::kReason:
        status.reason = field.text();
        break;
      case StatusField::kDetails:
        read_details(field.bytes(), status);
        break;
      case StatusField::kCode:
        status.code = field.small_integer();
        break;
    }
  }
  return status;
}

}  // namespace

Result<ApiStatus> decode_api_status_message(std::string_view message) {
  try {
    return read_status(message);
  } catch (const protozero::exception& exception) {
    return message_error("Status", {}, exception.what());
  }
}

}  // namespace sojourn::api
