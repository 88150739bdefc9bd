#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn::domain {

// A Kubernetes resource quantity in thousandths of its unit (cores, bytes), rounded up; "2",
// "500m", "4Gi", "1.5G", "1e3". Nothing for text that is no quantity, is negative or exceeds
// 2^63/1000.
std::optional<std::int64_t> parse_milli_quantity(std::string_view text);

// Thousandths of a core as Kubernetes writes them: "2", "250m".
std::string format_milli(std::int64_t milli);
// Thousandths of a byte as whole bytes, in the largest binary unit that is exact: "1Gi", "1000".
std::string format_bytes(std::int64_t milli_bytes);

}  // namespace sojourn::domain
