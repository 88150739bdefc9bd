#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/session_template.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Fills spec_text too. Errors: Malformed, naming the path.
Result<SessionTemplate> decode_session_template(std::string_view json);
// The same for a spec alone, as a ControllerRevision keeps it.
Result<SessionTemplateSpec> decode_session_template_spec(std::string_view json);
// A JSON merge patch of /status, with the rules of the Session's encode_status_patch.
std::string encode_status_patch(const SessionTemplateStatus& from, const SessionTemplateStatus& to,
                                std::string_view resource_version);

}  // namespace sojourn::api
