#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/controller_revision.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"

namespace sojourn::controllers {

// The one name of a Session's pod and claim, "<session, at most 44 characters>-<10 hex digits of
// SHA-256(uid)>": fixed, so that the API server itself keeps a second one from being made (I1, I2),
// and different for a Session that is made again under an old name (S5).
std::string child_name(const api::Session& session);
std::string child_name(const std::string& session, const std::string& uid);

// The claim that a Session's pod mounts: its own, or the one it names.
std::string claim_name(const api::Session& session);
// True when the claim was made by the operator: its name follows from the Session that its labels
// say it was made for. So a label alone makes no claim the operator's (I4).
bool is_genuine(const api::PersistentVolumeClaim& claim);

// The ControllerRevision that holds this very spec, "<template>-<10 hex digits of SHA-256(spec)>".
std::string revision_name(const api::SessionTemplate& tmpl);
// True when the name of the revision follows from the template that its label says and from what
// it holds. So a label alone makes no revision the operator's (I4).
bool is_genuine(const api::ControllerRevision& revision);

}  // namespace sojourn::controllers
