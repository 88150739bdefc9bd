#pragma once

#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/http/server/server.h"

namespace sojourn::http {

// The bytes of an answer in HTTP/1.1. `keep` says what Connection announces; without `with_body`
// (the answer to HEAD) the body is left out and only its length told. Control characters in header
// values become spaces, so that no value starts a header of its own.
std::string format_response(const HttpResponse& response, bool keep, bool with_body, Time now);

}  // namespace sojourn::http
