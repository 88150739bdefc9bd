#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/meta.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// What every object, bookmark and Status says about itself.
struct ObjectHeader {
  std::string api_version;
  std::string kind;
  ObjectMeta meta;  // all labels and annotations but last-applied-configuration
  friend bool operator==(const ObjectHeader&, const ObjectHeader&) = default;
};

// Reads apiVersion, kind and metadata of any object; all may be missing. Errors: Malformed, naming
// the path.
Result<ObjectHeader> decode_object_header(std::string_view json);

}  // namespace sojourn::api
