#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"

namespace sojourn::http {

// The date of HTTP headers, RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(Time time);
// Reads that form only; nothing for the two obsolete ones and for impossible dates. The weekday is
// not checked.
std::optional<Time> parse_http_date(std::string_view text);

// Retry-After, RFC 9110 §10.2.3: seconds, or a date, of which the server's own `date` is taken off.
// Nothing for other texts, and for a date when the server's own is unknown or later.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& text,
                                                      std::optional<Time> date);

}  // namespace sojourn::http
