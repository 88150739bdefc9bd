#pragma once

#include <cstdint>
#include <string>

namespace sojourn::http {

bool is_ipv4_literal(const std::string& host);
bool is_ipv6_literal(const std::string& host);  // without brackets
bool is_ip_literal(const std::string& host);

// 0 for a text that is no port.
std::uint16_t port_of(const std::string& text);

}  // namespace sojourn::http
