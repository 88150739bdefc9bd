#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/kept_keys.h"
#include "sojourn/api/condition.h"
#include "sojourn/api/meta.h"
#include "sojourn/base/clock.h"

namespace sojourn::api {

// What messages of several kinds have in common. All throw as FieldReader does.

// A metav1.Time, in whole seconds; the zero time is how Go writes "none".
std::optional<Time> read_time(std::string_view message);

// One entry of a map of texts; views into the message.
struct MapEntry {
  std::string_view key;
  std::string_view value;
};
MapEntry read_entry(std::string_view message);

ObjectMeta read_meta(std::string_view message, KeptKeys keys);
// Name, namespace and resourceVersion alone.
ObjectMeta read_identity(std::string_view message);

}  // namespace sojourn::api
