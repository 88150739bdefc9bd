#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"

namespace sojourn {

// RFC 3339 as Kubernetes writes metav1.Time: "2026-01-02T03:04:05Z", whole seconds, UTC.
std::string format_timestamp(Time time);
// RFC 3339 as Kubernetes writes metav1.MicroTime: "2026-01-02T03:04:05.000006Z".
std::string format_micro_timestamp(Time time);
// Reads both forms, any number of fraction digits (cut at microseconds) and numeric offsets.
// Nothing for anything else, impossible dates included.
std::optional<Time> parse_timestamp(std::string_view text);
// The same moment without its fraction of a second: what survives a round trip through metav1.Time.
Time truncate_to_seconds(Time time);

}  // namespace sojourn
