#pragma once

#include <string>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/connection.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

// "10.0.0.1:6443" or "[::1]:6443".
std::string authority_of(const kube::Connection& connection);

// Whether the request carries a body, be it an empty one.
bool sends_body(const kube::Request& request);

// Invalid when the target, the token or another header value holds a byte that has no place there
// (CR and LF would start a header of their own); the message never quotes the token.
Result<void> check_request(const kube::Connection& connection, const kube::Request& request,
                           std::string_view token);

// The bytes of a request in HTTP/1.1, body included. Errors: those of check_request().
Result<std::string> format_request(const kube::Connection& connection, const kube::Request& request,
                                   std::string_view token);

}  // namespace sojourn::http
