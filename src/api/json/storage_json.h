#pragma once

#include <optional>

#include "api/json/object_view.h"
#include "sojourn/api/storage.h"

namespace sojourn::api {

// What the specs of a Session and a SessionTemplate have in common; each reads one member of
// `spec`.
std::optional<StorageSpec> read_storage(const ObjectView& spec);
RetryPolicy read_retry_policy(const ObjectView& spec);
TtlSpec read_ttl(const ObjectView& spec);
LimitsSpec read_limits(const ObjectView& spec);

}  // namespace sojourn::api
