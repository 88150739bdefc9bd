#pragma once

#include <string>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/session.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// The claim of a Session. It has an owner only under whenDeleted: Delete, so that deleting a
// Session, a release or the CRDs never reaches retained data.
api::PersistentVolumeClaim build_claim(const api::Session& session, const Policy& policy,
                                       const std::string& name);

// True when the claim's labels say that this very Session (name and uid) holds it.
bool is_claim_of(const api::PersistentVolumeClaim& claim, const api::Session& session);
// True when deleting the Session would take the claim along.
bool is_owned_by(const api::PersistentVolumeClaim& claim, const api::Session& session);
api::OwnerReference owner_reference(const api::Session& session, bool controller);

}  // namespace sojourn::domain
