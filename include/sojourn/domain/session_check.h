#pragma once

#include <optional>
#include <string>

#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"

namespace sojourn::domain {

// What of a Session its template, a good one, does not have or does not allow: an agent, an
// override, a parameter. One sentence that says what to do; nothing for a Session that fits.
std::optional<std::string> check_session(const api::SessionSpec& session,
                                         const api::SessionTemplateSpec& spec);

}  // namespace sojourn::domain
