#pragma once

#include <cstdint>

#include "sojourn/api/meta.h"

namespace sojourn::api {

// apps/v1 ControllerRevision: an immutable snapshot; here of a SessionTemplate's spec.
struct ControllerRevision {
  ObjectMeta meta;
  JsonText data;
  std::int64_t revision = 0;
  friend bool operator==(const ControllerRevision&, const ControllerRevision&) = default;
};

}  // namespace sojourn::api
