#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/session.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Errors: Malformed, naming the path.
Result<Session> decode_session(std::string_view json);
// A JSON merge patch of /status that turns `from` into `to`, refused by the API server unless the
// object still has `resource_version`. It holds only what differs: members that are gone become
// null, and members of status that this version does not know stay as they are.
std::string encode_status_patch(const SessionStatus& from, const SessionStatus& to,
                                std::string_view resource_version);

}  // namespace sojourn::api
