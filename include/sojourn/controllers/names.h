#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"

namespace sojourn::controllers {

// The one name of a Session's pod and claim, "<session, at most 44 characters>-<10 hex digits of
// SHA-256(uid)>": fixed, so that the API server itself keeps a second one from being made (I1, I2),
// and different for a Session that is made again under an old name (S5).
std::string child_name(const api::Session& session);

// The ControllerRevision that holds this very spec, "<template>-<10 hex digits of SHA-256(spec)>".
std::string revision_name(const api::SessionTemplate& tmpl);

}  // namespace sojourn::controllers
